/** The receiver itself, over messages: it lives in a thread of its own (receiverWorker.ts), or here where none is wanted. */
import type { ReceiverStatus } from '../../shared/traceQuery.ts';
import { Door } from './doors.ts';
import { maxMessageBytes, openGrpcServer } from './grpcServer.ts';
import { openHttpServer, type HttpTimes } from './httpServer.ts';
import { Intake } from './intake.ts';
import type { FromReceiver, ReceiverConfig, ToReceiver } from './receiverMessages.ts';
import { WriteQueue } from './writeQueue.ts';

/** Between two words about how it goes. */
const STATUS_MS = 200;
/** Bytes of all requests that are being read, as they arrive. */
const MAX_WIRE_BYTES = 256_000_000;

export type ReceiverHostOptions = {
  readonly post: (message: FromReceiver, transfer?: ArrayBuffer[]) => void;
  readonly times?: HttpTimes & { readonly messageMs?: number };
};

export interface ReceiverHost {
  receive(message: ToReceiver): void;
}

export function createReceiverHost({ post, times = {} }: ReceiverHostOptions): ReceiverHost {
  let config: ReceiverConfig | null = null;
  let statusTimer: NodeJS.Timeout | null = null;
  const current = (): ReceiverConfig => config!;

  const writes = new WriteQueue((seq, records, transfer) => post({ type: 'write', seq, records }, transfer));
  const intake = new Intake(current, (records) => writes.write(records), changed);
  const budget = { held: 0, max: MAX_WIRE_BYTES };
  const http = new Door(
    'OTLP over HTTP',
    (port) => openHttpServer(port, { config: current, intake, budget, times }),
    tell,
  );
  const { messageMs } = times;
  const grpc = new Door(
    'OTLP over gRPC',
    (port) =>
      openGrpcServer(port, { config: current, intake, ...(messageMs === undefined ? {} : { messageMs }) }),
    tell,
  );

  function status(): ReceiverStatus {
    const { token, isLocked } = current().access;
    return {
      http: http.status(),
      grpc: grpc.status(),
      hasToken: token !== null || isLocked,
      ...intake.figures,
    };
  }
  function tell(): void {
    if (statusTimer !== null) clearTimeout(statusTimer);
    statusTimer = null;
    post({ type: 'status', status: status() });
  }
  function changed(): void {
    statusTimer ??= setTimeout(tell, STATUS_MS);
  }

  async function configure(next: ReceiverConfig): Promise<void> {
    config = next;
    const { settings } = next;
    await Promise.all([
      http.want({ ...settings.http, key: '' }),
      // Its limit is fixed when it starts.
      grpc.want({ ...settings.grpc, key: String(maxMessageBytes(next)) }),
    ]);
    tell();
  }

  async function close(): Promise<void> {
    if (config === null) return;
    const off = { enabled: false, port: 0, key: '' };
    await Promise.all([http.want(off), grpc.want(off)]);
    await intake.idle();
    tell();
  }

  return {
    receive(message) {
      if (message.type === 'outcome') return writes.settle(message.seq, message.outcome);
      const { seq } = message;
      const done = (): void => post({ type: 'done', seq });
      (message.type === 'configure' ? configure(message.config) : close()).then(done, done);
    },
  };
}
