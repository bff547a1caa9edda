/** `doctor`: whether this installation and its data folder are well, a line a check. Opens nothing for writing. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { settingsSchema } from '../../shared/settings.ts';
import { formatBytes } from '../../shared/units.ts';
import { createTelemetryPlan } from '../compose/composeTelemetry.ts';
import type { DataPaths } from '../config/dataFolder.ts';
import { toTracedeckError, type TracedeckError } from '../errors/tracedeckError.ts';
import { exporterTarget } from '../telemetry/export/exporterTarget.ts';
import type { Terminal } from './terminal.ts';

type Check = { readonly name: string; readonly ok: boolean; readonly detail: string };

/** Exit code 0 where every check is well, 1 elsewhere. `root` holds build/. */
export function doctor(paths: DataPaths, root: string, terminal: Pick<Terminal, 'json' | 'stdout'>): number {
  const checks = [
    check('node', () => `${process.versions.node}, module ABI ${process.versions.modules}`),
    check('data folder', () => {
      if (!existsSync(paths.folder)) return `${paths.folder} (made when it is first needed)`;
      if (!statSync(paths.folder).isDirectory()) throw new Error(`${paths.folder} is a file`);
      accessSync(paths.folder, constants.R_OK | constants.W_OK);
      return paths.folder;
    }),
    ...(['deck', 'cache', 'traces'] as const).map((name) =>
      check(`${name} database`, () => inspect(paths[name])),
    ),
    check('dictionary', () => inspect(join(root, 'build/wordnet.sqlite'))),
    check('settings', () => {
      if (!existsSync(paths.settings)) return 'defaults';
      const { server } = settingsSchema.parse(JSON.parse(readFileSync(paths.settings, 'utf8')));
      return `sound, model server ${new URL(server.baseUrl).origin}, model ${server.models.analyse || 'not chosen'}`;
    }),
    ...telemetryChecks(paths),
    check('display', () => {
      const { platform, env } = process;
      const shown = platform !== 'linux' || env.DISPLAY || env.WAYLAND_DISPLAY;
      return shown ? 'there' : 'none: npm start runs the sample in the terminal';
    }),
  ];
  const ok = checks.every((one) => one.ok);
  if (terminal.json) {
    terminal.stdout.write(`${JSON.stringify({ ok, checks })}\n`);
  } else {
    for (const { name, ok: well, detail } of checks) {
      terminal.stdout.write(`${well ? 'ok  ' : 'BAD '} ${name.padEnd(16)} ${detail}\n`);
    }
  }
  return ok ? 0 : 1;
}

/** Where telemetry is sent, if anywhere, and what of its configuration is of no use. */
function telemetryChecks(paths: DataPaths): readonly Check[] {
  const notices: TracedeckError[] = [];
  const planOf = createTelemetryPlan(process.env, paths.folder, (notice) => notices.push(notice));
  let saved = settingsSchema.parse({});
  try {
    saved = settingsSchema.parse(JSON.parse(readFileSync(paths.settings, 'utf8')));
  } catch {
    // That the file is not well is told by the check before.
  }
  const { enabled, settings } = planOf(saved.telemetry);
  const exporters = enabled ? settings.exporters : [];
  return [
    ...exporters.map((exporter) => {
      const { id, kind, signals } = exporter;
      const what = exporter.enabled ? signals.join(', ') : 'off';
      return { name: `exporter ${id}`, ok: true, detail: `${kind}, ${exporterTarget(exporter)}, ${what}` };
    }),
    ...notices.map(({ message, hint }) => ({
      name: 'telemetry',
      ok: false,
      detail: hint === null ? message : `${message} ${hint}`,
    })),
  ];
}

function check(name: string, look: () => string): Check {
  try {
    return { name, ok: true, detail: look() };
  } catch (thrown) {
    const { message, hint } = toTracedeckError(thrown);
    return { name, ok: false, detail: hint === null ? message : `${message} ${hint}` };
  }
}

/** Size, schema and soundness of one SQLite file, read only. */
function inspect(path: string): string {
  if (!existsSync(path)) return 'not there yet';
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const verdict = db.pragma('quick_check(1)', { simple: true }) as string;
    if (verdict !== 'ok') throw new Error(`${path} is damaged: ${verdict}`);
    const version = db.pragma('user_version', { simple: true }) as number;
    const sqlite = db.prepare('SELECT sqlite_version()').pluck().get() as string;
    return `sound, ${formatBytes(statSync(path).size)}, schema ${version}, SQLite ${sqlite}`;
  } finally {
    db.close();
  }
}
