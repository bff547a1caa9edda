/** Traces in the program: the store and what fills it, the files they come from and go to, the receiver, the SQL console. */
import type { Attributes, LogRecord, TraceSummary } from '../../shared/span.ts';
import type { Settings } from '../../shared/settings.ts';
import type { ComponentSettings } from '../../shared/telemetrySettings.ts';
import type { SqlResult } from '../../shared/traceQuery.ts';
import type { DataPaths } from '../config/dataFolder.ts';
import type { Encryption } from '../config/keyStore.ts';
import type { TracedeckError } from '../errors/tracedeckError.ts';
import type { Telemetry } from '../telemetry/api.ts';
import { startSpanFlusher, type SpanFlusher } from '../telemetry/spans/spanFlusher.ts';
import { createTraceFiles, type TraceFiles } from '../traceFiles/traceFiles.ts';
import { openSqlConsole } from '../traces/sqlConsole.ts';
import type { StartSqlProcess } from '../traces/sqlProcess.ts';
import { openTraceStore, type TraceStore } from '../traces/traceStore.ts';
import { composeReceiver, type ProgramReceiver } from './composeReceiver.ts';
import { startMetricSampler } from './metricSampler.ts';

export type TraceParts = {
  readonly telemetry: Telemetry;
  readonly paths: DataPaths;
  readonly settings: Settings;
  /** How the store's own statements are recorded: as all of the program's are, at the time. */
  readonly databaseMode: () => ComponentSettings;
  readonly files: {
    readonly traceWorker: string;
    readonly sqlWorker?: string;
    readonly fileWorker?: string;
    readonly receiverWorker?: string;
  };
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly encryption: Encryption | null;
  readonly notice: (about: TracedeckError) => void;
  readonly onTraces?: (traces: readonly TraceSummary[]) => void;
  /** Whether what comes in is looked at meanwhile, as the app does. */
  readonly readsApart: boolean;
  readonly startSqlProcess?: StartSqlProcess;
};

export type TraceSide = {
  readonly store: TraceStore;
  readonly files: TraceFiles;
  readonly receiver: ProgramReceiver;
  readonly flusher: SpanFlusher;
  /** Records of this process and those that are stored, newest last; of one trace where an id is given. */
  logs(traceId: string | null, limit: number): Promise<readonly LogRecord[]>;
  /** One statement that reads, over all that was recorded by then: docs/sql-console.md. */
  runSql(statement: { readonly sql: string; readonly limit: number }): Promise<SqlResult>;
  configure(settings: Settings): Promise<void>;
  /** Nothing comes in from outside and nothing is asked any more. The store stays open for the program's last spans. */
  quiesce(): Promise<void>;
};

/** @throws TracedeckError `bad_environment` */
export function composeTraces(parts: TraceParts): TraceSide {
  const { telemetry, paths, files, version, notice } = parts;
  const scope = { name: 'tracedeck', version };
  const store = openTraceStore({
    path: paths.traces,
    workerFile: files.traceWorker,
    settings: storeSettings(parts.settings),
    ownOrigin: { resource: telemetry.resource, scope },
    readsApart: parts.readsApart,
    onNotice: notice,
    ...(parts.onTraces === undefined ? {} : { onChanged: parts.onTraces }),
    traceParent: () => telemetry.inject().traceparent ?? null,
    recording() {
      const { baggage } = telemetry.inject();
      const database = parts.databaseMode();
      // Its reads are few, and each answers somebody: where the busy databases are sampled, these are not.
      const mode = database.mode === 'sampled' ? 'leaf' : database.mode;
      return { ...database, mode, ...(baggage === undefined ? {} : { baggage }) };
    },
    onSpans: (spans) => telemetry.spans.adopt(spans),
    onStatements({ spans, leftOut, errors }) {
      const { tally } = telemetry.component('database');
      tally.spans += spans;
      tally.leftOut += leftOut;
      tally.errors += errors;
    },
  });
  const flusher = startSpanFlusher(telemetry, store);
  const sampler = startMetricSampler(telemetry, store);
  const sqlConsole = openSqlConsole({
    path: paths.traces,
    workerFile: files.sqlWorker ?? null,
    ...(parts.startSqlProcess === undefined ? {} : { startProcess: parts.startSqlProcess }),
  });
  const receiver = composeReceiver({
    telemetry,
    traces: store,
    tokenPath: paths.receiverToken,
    env: parts.env,
    encryption: parts.encryption,
    workerFile: files.receiverWorker ?? null,
    notice,
  });
  return {
    store,
    receiver,
    flusher,
    files: createTraceFiles({
      store: {
        writeSpans: (bytes) => store.writeSpans(bytes),
        writeLogs: (records) => store.writeLogs(records),
        writeMetrics: (points) => store.writeMetrics(points),
        get: (traceId) => store.get(traceId),
        logs: (traceId, limit) => store.logs(traceId, limit),
        metricPoints: (question) => store.ask('metricPoints', question),
        searchTraces: (search) => store.ask('searchTraces', search),
        searchSpans: (search) => store.ask('searchSpans', search),
      },
      own: { resource: programResource(telemetry.resource), scope },
      workerFile: files.fileWorker ?? null,
    }),
    async logs(traceId, limit) {
      const recent = telemetry.logger.recent(traceId, limit);
      const stored = await store.logs(traceId, limit).catch(() => []);
      const keyOf = ({ timeMs, spanId, message }: LogRecord) => `${timeMs} ${spanId} ${message}`;
      const known = new Set(recent.map(keyOf));
      return [...stored.filter((record) => !known.has(keyOf(record))), ...recent].slice(-limit);
    },
    async runSql(statement) {
      // What has just ended may still be on its way; and the thread makes the file, and brings it up to date.
      await Promise.all([flusher.flush(), sampler.sample(), store.ask('savedQueries')]);
      return sqlConsole.run(statement);
    },
    configure: (settings) => store.configure(storeSettings(settings)),
    async quiesce() {
      await receiver.close();
      await sqlConsole.close();
    },
  };
}

/** Of the program and its machine: what says which start of it is left out, so that its own files come back as its own. */
function programResource(resource: Attributes): Attributes {
  const { 'service.instance.id': _instance, 'session.id': _session, ...rest } = resource;
  return rest;
}

const storeSettings = ({ traces: { maxBytes, maxDays }, prices }: Settings) => ({
  maxBytes,
  maxDays,
  prices,
});
