/** An exporter that points at this very program's receiver: its records would come back for ever, each time as known. */
import type { ExporterSettings } from './telemetrySettings.ts';
import type { ReceiverSettings } from './traceQuery.ts';

const ADDRESS = /^(https?):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?/i;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0|\[::\])$/i;

/** Whether one of the exporter's addresses is the receiver, as both are set. */
export function pointsAtReceiver(exporter: ExporterSettings, receiver: ReceiverSettings): boolean {
  if (exporter.kind !== 'otlp' || !exporter.enabled) return false;
  const doors = [receiver.http, receiver.grpc].filter(({ enabled }) => enabled);
  const ports = new Set(doors.map(({ port }) => port));
  return [exporter.endpoint, ...Object.values(exporter.endpoints)].some((address) => {
    const [, scheme = '', host = '', port] = ADDRESS.exec(address) ?? [];
    const usual = scheme.toLowerCase() === 'https' ? 443 : 80;
    return LOOPBACK.test(host) && ports.has(port === undefined ? usual : Number(port));
  });
}

export const LOOP_FAULT =
  'This is Tracedeck’s own receiver: what is recorded here is in its trace store already. Choose another address, or another port for the receiver.';
