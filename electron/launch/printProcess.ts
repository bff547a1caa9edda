/** A PDF for the command line, which has no Electron of its own: one is started for it, out of sight, and ends with it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPlainError, toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import type { PlainError } from '../errors/tracedeckError.ts';
import { electronCommand, isRootUser } from './electronCommand.ts';
import { resolveElectron } from './resolveElectron.ts';
import { lastLines, runCommand } from './runCommand.ts';
import { isNoise, planStart } from './startPlan.ts';
import { ensureLibraries } from './systemLibraries.ts';

const LIMIT_MS = 240_000;

export type PrintOptions = {
  readonly projectRoot: string;
  readonly log: (line: string) => void;
  /** The bundle of printMain.ts, where it is not in its place. */
  readonly entry?: string;
};
export type Print = (html: string, paper: 'a4' | 'letter') => Promise<Uint8Array>;

/**
 * Prints pages in an Electron of their own.
 * @returns a function that throws TracedeckError `print_unavailable`, `print_failed`
 */
export function createPrinter(options: PrintOptions): Print {
  const entry = options.entry ?? join(options.projectRoot, 'build/electron/printMain.cjs');
  return async (html, paper) => {
    const folder = await mkdtemp(join(tmpdir(), 'tracedeck-print-'));
    try {
      const job = { html: join(folder, 'sheet.html'), pdf: join(folder, 'sheet.pdf'), paper };
      await writeFile(job.html, html, { mode: 0o600 });
      // An app of its own, that is nothing but its entry: the same for every Electron that there may be.
      const app = { name: 'tracedeck-print', version: '0.0.0', main: 'main.cjs' };
      await writeFile(join(folder, 'package.json'), JSON.stringify(app));
      await writeFile(join(folder, 'main.cjs'), `require(${JSON.stringify(entry)});\n`);
      const output = await runElectron(folder, { TRACEDECK_PRINT_JOB: JSON.stringify(job) }, options);
      return await readFile(job.pdf).catch(() => {
        throw failure(output);
      });
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  };
}

async function runElectron(
  folder: string,
  env: Readonly<Record<string, string>>,
  { projectRoot, log }: PrintOptions,
): Promise<string> {
  const { platform } = process;
  let command;
  try {
    const electron = await resolveElectron({ projectRoot, log });
    await ensureLibraries(electron.executable, log);
    command = electronCommand(electron, {
      projectRoot: folder,
      args: [],
      env: { ...process.env, ...env },
      platform,
      isRoot: isRootUser(),
    });
  } catch (thrown) {
    const { message, hint } = toTracedeckError(thrown);
    throw unavailable(`${message} ${hint ?? ''}`.trim(), thrown);
  }
  const hasDisplay = planStart(platform, process.env).kind === 'window';
  // Electron wants a display even for what nobody sees.
  const [file, args] = hasDisplay
    ? [command.file, command.args]
    : ['xvfb-run', ['-a', command.file, ...command.args]];
  if (!hasDisplay && (await runCommand('xvfb-run', ['--help'])).code === null) {
    throw unavailable('There is no display, and no xvfb-run to stand for one. Install the package xvfb.');
  }
  const { output } = await runCommand(file, args, { env: command.env, timeoutMs: LIMIT_MS });
  return output;
}

function failure(output: string): TracedeckError {
  const told = /^TRACEDECK_PRINT_ERROR (\{.*\})$/mu.exec(output)?.[1];
  if (told !== undefined) return fromPlainError(JSON.parse(told) as PlainError);
  const lines = output.split('\n').filter((line) => !isNoise(line));
  return unavailable(`Electron ended without a word. ${lastLines(lines.join('\n'), 3)}`.trim());
}

function unavailable(why: string, cause?: unknown): TracedeckError {
  return new TracedeckError(
    'permanent',
    'print_unavailable',
    'A PDF needs Electron, which cannot be had here.',
    {
      hint: `${why} Or export as .html, and print it from a browser.`,
      cause,
    },
  );
}
