/** The receiver in the program: its settings, its token, and the trace store behind it. */
import { LOOP_FAULT, pointsAtReceiver } from '../../shared/receiverLoop.ts';
import type { Settings } from '../../shared/settings.ts';
import { ATTR } from '../../shared/span.ts';
import type { ExporterSettings } from '../../shared/telemetrySettings.ts';
import type { ReceiverSettings, ReceiverStatus } from '../../shared/traceQuery.ts';
import { createReceiverTokenStore } from '../config/receiverToken.ts';
import type { Encryption } from '../config/keyStore.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { createReceiver } from '../receive/receiver.ts';
import type { Telemetry } from '../telemetry/api.ts';
import { createDeltaAdder } from '../traces/metricDeltas.ts';
import type { TraceStore } from '../traces/traceStore.ts';

export interface ProgramReceiver {
  status(): ReceiverStatus;
  /** From now on. Resolves when it listens, or it is known that it cannot. */
  listen(settings: ReceiverSettings): Promise<ReceiverStatus>;
  /** `null` removes it. @throws TracedeckError as `ReceiverTokenStore.set` does */
  setToken(token: string | null): Promise<ReceiverStatus>;
  close(): Promise<void>;
}

export type ReceiverParts = {
  readonly telemetry: Pick<Telemetry, 'logger' | 'protectSecret' | 'resource'>;
  readonly traces: TraceStore;
  readonly tokenPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly encryption: Encryption | null;
  readonly workerFile: string | null;
  readonly notice: (about: TracedeckError) => void;
};

/** @throws TracedeckError `bad_environment` */
export function composeReceiver(parts: ReceiverParts): ProgramReceiver {
  const { telemetry, traces, env, encryption, notice } = parts;
  const tokens = createReceiverTokenStore({
    path: parts.tokenPath,
    env,
    ...(encryption === null ? {} : { encrypt: encryption }),
  });
  const deltas = createDeltaAdder();
  const instance = telemetry.resource['service.instance.id'];
  const receiver = createReceiver({
    store: traces,
    addDelta: (point) => deltas.add(point),
    workerFile: parts.workerFile,
    ownInstance: typeof instance === 'string' ? instance : null,
    onNotice: notice,
  });
  let settings: ReceiverSettings | null = null;
  const said = new Map<string, string>();

  /** What cannot be listened to is told once, and again when it is something else. */
  function tellFaults(status: ReceiverStatus): void {
    for (const name of ['http', 'grpc'] as const) {
      const { fault, state } = status[name];
      if (fault === (said.get(name) ?? null)) continue;
      said.set(name, fault ?? '');
      if (fault !== null && fault !== '')
        telemetry.logger.warn(`OTLP over ${name === 'http' ? 'HTTP' : 'gRPC'}: ${fault}`, {
          [ATTR.errorType]: state === 'failed' ? 'receiver_not_listening' : 'receiver_shadowed',
        });
    }
  }

  async function apply(): Promise<ReceiverStatus> {
    if (settings === null) return receiver.status();
    // Nobody is asked to unlock a keyring for a receiver that is off.
    const isOn = settings.http.enabled || settings.grpc.enabled;
    const access = isOn ? tokens.get() : { token: null, isLocked: tokens.isSet() };
    if (access.token !== null) telemetry.protectSecret(access.token);
    await receiver.configure(settings, access);
    const status = receiver.status();
    tellFaults(status);
    return status;
  }

  return {
    status: () => receiver.status(),
    listen(next) {
      settings = next;
      return apply();
    },
    async setToken(token) {
      if (token !== null) telemetry.protectSecret(token.trim());
      tokens.set(token);
      return { ...(await apply()), hasToken: tokens.isSet() };
    },
    close: () => receiver.close(),
  };
}

/** Tells of exporters that send to the receiver of this very program. */
export function tellLoops(
  { receiver }: Pick<Settings, 'receiver'>,
  exporters: readonly ExporterSettings[],
  notice: (about: TracedeckError) => void,
): void {
  for (const exporter of exporters) {
    if (!pointsAtReceiver(exporter, receiver)) continue;
    notice(
      new TracedeckError('user', 'export_loop', `The exporter ${exporter.id} points at Tracedeck itself.`, {
        hint: LOOP_FAULT,
      }),
    );
  }
}
