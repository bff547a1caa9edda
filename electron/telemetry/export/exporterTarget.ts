/** Where an exporter sends to, listens or writes, as it may be shown: without login, query and headers. */
import type { ExporterSettings } from '../../../shared/telemetrySettings.ts';

export function exporterTarget(settings: ExporterSettings): string {
  switch (settings.kind) {
    case 'otlp':
      return withoutSecrets(Object.values(settings.endpoints)[0] ?? settings.endpoint);
    case 'prometheus':
      return `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${settings.port}/metrics`;
    case 'file':
      return settings.path;
    case 'console':
      return 'console';
  }
}

function withoutSecrets(address: string): string {
  try {
    const { origin, pathname } = new URL(address);
    return pathname === '/' ? origin : origin + pathname;
  } catch {
    return '';
  }
}
