/** OTLP over gRPC: the three services, given the bytes of their requests as they are. */
import type * as Grpc from '@grpc/grpc-js';
import type { OtlpSignal } from '../traceFiles/otlpProtobuf.ts';
import { checkHost, checkNoPage, checkToken } from './access.ts';
import { ipv6Warning, type Address, type OpenServer } from './doors.ts';
import type { Intake } from './intake.ts';
import type { ReceiverConfig } from './receiverMessages.ts';
import { Refusal, responseBody, statusBody, toRefusal } from './refusal.ts';

const SERVICES: Readonly<Record<OtlpSignal, string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};
/** Each may hold a message of the largest size. */
const MAX_CALLS = 32;
const IDLE_MS = 600_000;

type Library = typeof Grpc;

export type GrpcReceiverOptions = {
  readonly config: () => ReceiverConfig;
  readonly intake: Intake;
  /** From the first byte of a call until its message is there. */
  readonly messageMs?: number;
};

/** Largest message, packed and unpacked: the library knows one bound for both. */
export function maxMessageBytes({ settings }: Pick<ReceiverConfig, 'settings'>): number {
  return Math.min(settings.maxRequestBytes, settings.maxUnpackedBytes);
}

/** Listens on both loopback addresses. @throws Error where 127.0.0.1 is not to be had */
export async function openGrpcServer(port: number, options: GrpcReceiverOptions): Promise<OpenServer> {
  // Loaded with the first server: it takes a while.
  const module = await import('@grpc/grpc-js');
  const grpc = ('Server' in module ? module : (module as { default: Library }).default) as Library;
  const server = createServer(grpc, options);
  const actual = await bind(grpc, server, '127.0.0.1', port);
  let warning: string | null = null;
  try {
    await bind(grpc, server, '::1', actual);
  } catch (error) {
    warning = ipv6Warning(error as Error, actual);
  }
  return {
    port: actual,
    warning,
    async close(timeoutMs) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, timeoutMs);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

function createServer(
  grpc: Library,
  { config, intake, messageMs = 30_000 }: GrpcReceiverOptions,
): Grpc.Server {
  let calls = 0;

  const statusOf = (error: unknown): Pick<Grpc.StatusObject, 'code' | 'details' | 'metadata'> => {
    const refusal = toRefusal(error);
    const metadata = new grpc.Metadata();
    if (refusal.retryMs !== null) metadata.set('grpc-status-details-bin', statusBody(refusal, 'protobuf'));
    return { code: refusal.grpcCode, details: refusal.message, metadata };
  };

  /** Before the message is read: who may not send is told so at once. */
  const guard: Grpc.ServerInterceptor = (_method, call) => {
    let isCounted = false;
    let timer: NodeJS.Timeout | null = null;
    const arrived = (): void => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    };
    const over = (): void => {
      arrived();
      if (isCounted) calls -= 1;
      isCounted = false;
    };
    const responder = new grpc.ResponderBuilder()
      .withStart((next) => {
        const listener = new grpc.ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, pass) => {
            try {
              checkHost(call.getHost());
              checkNoPage(metadata.getMap());
              checkToken(metadata.get('authorization')[0]?.toString(), config().access);
              if (calls >= MAX_CALLS)
                throw new Refusal('tooMany', 'Too many requests at once: send it again in a moment.');
            } catch (error) {
              intake.refused();
              call.sendStatus(statusOf(error));
              return;
            }
            calls += 1;
            isCounted = true;
            timer = setTimeout(() => {
              intake.refused();
              over();
              call.sendStatus(statusOf(new Refusal('slow', 'The request did not arrive whole.')));
            }, messageMs);
            timer.unref();
            pass(metadata);
          })
          .withOnReceiveMessage((message, pass) => {
            arrived();
            pass(message);
          })
          .withOnCancel(() => {
            // Given up by the client, or refused by the library: too large, or packed otherwise than it says.
            if (isCounted) intake.refused();
            over();
          })
          .build();
        next(listener);
      })
      .withSendStatus((status, next) => {
        over();
        next(status);
      })
      .build();
    return new grpc.ServerInterceptingCall(call, responder);
  };

  // What goes wrong is said by the receiver; the library would write to the terminal beside that.
  const { GRPC_VERBOSITY, GRPC_NODE_VERBOSITY = GRPC_VERBOSITY } = process.env;
  if (GRPC_NODE_VERBOSITY === undefined) grpc.setLogVerbosity(grpc.logVerbosity.NONE);
  const server = new grpc.Server({
    'grpc.max_receive_message_length': maxMessageBytes(config()),
    'grpc.max_concurrent_streams': MAX_CALLS,
    'grpc.max_connection_idle_ms': IDLE_MS,
    'grpc.enable_channelz': 0,
    'grpc.so_reuseport': 0,
    interceptors: [guard],
  });
  for (const signal of Object.keys(SERVICES) as OtlpSignal[]) {
    server.addService(
      {
        export: {
          path: `/${SERVICES[signal]}/Export`,
          requestStream: false,
          responseStream: false,
          requestSerialize: (value: Buffer) => value,
          requestDeserialize: (bytes: Buffer) => bytes,
          responseSerialize: (value: Buffer) => value,
          responseDeserialize: (bytes: Buffer) => bytes,
        },
      },
      {
        async export(
          call: Grpc.ServerUnaryCall<Buffer, Buffer>,
          callback: Grpc.sendUnaryData<Buffer>,
        ): Promise<void> {
          let end: (() => void) | null = null;
          try {
            end = intake.begin();
            const taken = await intake.take(signal, 'protobuf', () => Promise.resolve(call.request));
            callback(null, responseBody(signal, 'protobuf', taken));
          } catch (error) {
            intake.refused();
            callback(statusOf(error));
          } finally {
            end?.();
          }
        },
      },
    );
  }
  return server;
}

function bind(grpc: Library, server: Grpc.Server, address: Address, port: number): Promise<number> {
  const host = address.includes(':') ? `[${address}]` : address;
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, actual) =>
      error === null ? resolve(actual) : reject(error),
    );
  });
}
