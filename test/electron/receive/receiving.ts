/** A receiver over a real trace store, on ports that were free. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReceiver, type ReceiverStore } from '../../../electron/receive/receiver.ts';
import type { Receiver } from '../../../electron/receive/receiver.ts';
import type { ReceiverAccess } from '../../../electron/receive/receiverMessages.ts';
import { createDeltaAdder } from '../../../electron/traces/metricDeltas.ts';
import { openTraceStore, type TraceStore } from '../../../electron/traces/traceStore.ts';
import { decodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { receiverSettingsSchema, type ReceiverSettings } from '../../../shared/traceQuery.ts';

const SOURCES = new URL('../../../electron/', import.meta.url);
export const RECEIVER_WORKER = new URL('receive/receiverWorker.ts', SOURCES);
export const OPEN: ReceiverAccess = { token: null, isLocked: false };

/** Port 0 takes a free one. */
export function settingsWith(other: Partial<ReceiverSettings> = {}): ReceiverSettings {
  return {
    ...receiverSettingsSchema.parse({}),
    http: { enabled: true, port: 0 },
    grpc: { enabled: true, port: 0 },
    ...other,
  };
}

export type Receiving = {
  readonly store: TraceStore;
  readonly receiver: Receiver;
  readonly httpUrl: () => string;
  readonly grpcUrl: () => string;
  /** All spans of a trace, by start. */
  readonly spansOf: (traceId: string) => Promise<SpanRecord[]>;
  readonly close: () => Promise<void>;
};

export async function startReceiving({
  settings = settingsWith(),
  access = OPEN,
  workerFile = null,
  ownInstance = 'this-very-program',
  storeLike = (store: TraceStore): ReceiverStore => store,
}: {
  readonly settings?: ReceiverSettings;
  readonly access?: ReceiverAccess;
  readonly workerFile?: URL | null;
  readonly ownInstance?: string;
  readonly storeLike?: (store: TraceStore) => ReceiverStore;
} = {}): Promise<Receiving> {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-receive-'));
  const store = openTraceStore({
    path: join(folder, 'traces.db'),
    workerFile: new URL('traces/traceWorker.ts', SOURCES),
    settings: { maxBytes: 2e9, maxDays: 36_500, prices: [] },
  });
  const deltas = createDeltaAdder();
  const receiver = createReceiver({
    store: storeLike(store),
    addDelta: (point) => deltas.add(point),
    workerFile,
    ownInstance,
  });
  await receiver.configure(settings, access);
  return {
    store,
    receiver,
    httpUrl: () => receiver.status().http.url!,
    grpcUrl: () => receiver.status().grpc.url!,
    spansOf: async (traceId) => decodeSpans(await store.get(traceId)),
    async close() {
      await receiver.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
