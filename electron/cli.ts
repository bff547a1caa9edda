/** The command line around the program. Exit codes: 0 done, 1 something failed, 2 bad usage or unreadable input. */
import { homedir, tmpdir } from 'node:os';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunProgress } from '../shared/run.ts';
import type { Program } from './compose/compose.ts';
import type { PrintSheet } from './compose/composeDeck.ts';
import { toTracedeckError, TracedeckError } from './errors/tracedeckError.ts';
import { printable } from './telemetry/console/textWidth.ts';
import { UsageError } from './terminal/commandArguments.ts';
import { parseCommandLine, type Command, type CommandLine } from './terminal/commandLine.ts';
import type { DeckProgram } from './terminal/deckProgram.ts';
import { unlessInterrupted } from './terminal/terminal.ts';
import type { Terminal } from './terminal/terminal.ts';
import { usageOf } from './terminal/usage.ts';

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;
/** The same key press can arrive twice: from the terminal and from the process that started this one. */
const REPEAT_MS = 1000;

/**
 * Runs one command and returns its exit code. `root` is the folder that holds build/ and examples/.
 * @param printSheet makes a PDF, where there is an Electron to be had
 */
export async function runCommandLine(
  args: readonly string[],
  root: string,
  printSheet?: PrintSheet,
): Promise<number> {
  let line: CommandLine;
  try {
    line = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const help = ['npm run -s cli --', error.about, '--help'].filter((word) => word !== '').join(' ');
    process.stderr.write(`${printable(error.message)}\nUsage: ${help}\n`);
    return EXIT_USAGE;
  }
  if (line.command.name === 'help') {
    process.stdout.write(`${usageOf(line.command.about)}\n`);
    return 0;
  }
  if (line.command.name === 'version') {
    process.stdout.write(`${packageVersion(root)}\n`);
    return 0;
  }
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    return await run(line, root, printSheet);
  } catch (thrown) {
    const error = toTracedeckError(thrown);
    if (error.code === 'cancelled') return EXIT_INTERRUPTED;
    const where = error.code === 'internal' && thrown instanceof Error ? `\n${thrown.stack}` : '';
    process.stderr.write(
      `${shown(error.message)}${error.hint === null ? '' : `\n${shown(error.hint)}`}\n(${error.code})${where}\n`,
    );
    return error.category === 'user' ? EXIT_USAGE : 1;
  }
}

async function run(
  { command, json, dataDir }: CommandLine,
  root: string,
  printSheet: PrintSheet | undefined,
): Promise<number> {
  const { resolveDataDir, dataPaths } = await import('./config/dataFolder.ts');
  const { env, platform, stdin, stdout, stderr } = process;
  const throwAway = command.name === 'demo' ? mkdtempSync(join(tmpdir(), 'tracedeck-demo-')) : null;
  const folder =
    throwAway ??
    resolveDataDir({ flag: dataDir ?? undefined, env, platform, home: homedir(), cwd: process.cwd() });
  if (command.name === 'doctor') {
    return (await import('./terminal/doctor.ts')).doctor(dataPaths(folder), root, { json, stdout });
  }

  const listeners = new Set<(progress: RunProgress) => void>();
  const terminal: Terminal = {
    json,
    stdin,
    stdout,
    stderr,
    interrupted: interruption(),
    onProgress: (listener: (progress: RunProgress) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  if (command.name === 'backup list' || command.name === 'backup now' || command.name === 'backup restore') {
    return (await import('./terminal/backupCommands.ts')).runBackup(
      command,
      dataPaths(folder),
      env,
      terminal,
    );
  }
  let isStarting = true;
  const later = new Set<string>();
  try {
    const { compose } = await import('./compose/compose.ts');
    const program = await compose({
      dataDir: folder,
      files: {
        wordNet: join(root, 'build/wordnet.sqlite'),
        traceWorker: join(root, 'build/electron/traceWorker.cjs'),
        sqlWorker: join(root, 'build/electron/sqlWorker.cjs'),
        exportWorker: join(root, 'build/electron/exportWorker.cjs'),
        fileWorker: join(root, 'build/electron/fileWorker.cjs'),
        receiverWorker: join(root, 'build/electron/receiverWorker.cjs'),
        deckWorker: join(root, 'build/electron/deckWorker.cjs'),
        sourceWorker: join(root, 'build/electron/sourceWorker.cjs'),
        localWorker: join(root, 'build/electron/localWorker.cjs'),
        cMaps: join(root, 'build/pdf/cmaps'),
        llamaFolders: [env['TRACEDECK_LLAMA_DIR'] ?? '', root, join(folder, 'llama')].filter(Boolean),
      },
      ...(printSheet === undefined ? {} : { printSheet }),
      version: packageVersion(root),
      env: { ...env, ...overrides(command) },
      encryption: null,
      onProgress: (progress) => listeners.forEach((listener) => listener(progress)),
      // Later ones would stand in the middle of what a command prints: they are told behind it.
      onNotice(text) {
        if (isStarting) stderr.write(`${shown(text)}\n`);
        else later.add(text);
      },
    });
    isStarting = false;
    try {
      const { withDeck } = await import('./terminal/programOfDeck.ts');
      return await dispatch(withDeck(program));
    } finally {
      await program.close();
      for (const text of later) stderr.write(`${shown(text)}\n`);
      const { exporterFaults } = await import('./terminal/exporterFaults.ts');
      for (const line of exporterFaults(program.telemetryStatus().exporters))
        stderr.write(`${shown(line)}\n`);
    }
  } finally {
    if (throwAway !== null) rmSync(throwAway, { recursive: true, force: true });
  }

  /** Of what has no way of its own to end early. */
  function stoppable(work: Promise<number>): Promise<number> {
    return unlessInterrupted(terminal, work);
  }

  async function dispatch(program: Program & DeckProgram): Promise<number> {
    switch (command.name) {
      case 'generate':
        return (await runCommands()).generate(program, command, terminal);
      case 'runs list':
        return (await runCommands()).listRuns(program, terminal);
      case 'runs resume':
        return (await runCommands()).resume(program, command, terminal);
      case 'cards list':
        return (await runCommands()).listCards(program, command, terminal);
      case 'cards find':
        return (await deckCommands()).findCards(program, command, terminal);
      case 'decks':
        return (await deckCommands()).listDecks(program, terminal);
      case 'export':
        return (await deckCommands()).exportDeck(program, command, terminal);
      case 'import':
        return (await deckCommands()).importFile(program, command, terminal);
      case 'push':
        return (await deckCommands()).push(program, command, terminal);
      case 'undo':
        return (await deckCommands()).undo(program, terminal);
      case 'study stats':
        return (await deckCommands()).studyStats(program, command, terminal);
      case 'models test':
        return stoppable(
          (await deckCommands()).testModel(
            program,
            command.generator ?? program.settings.current().generator,
            terminal,
          ),
        );
      case 'trace list':
        return stoppable((await storedTraces()).listTraces(program, command.limit ?? 50, terminal));
      case 'trace show':
        return stoppable((await storedTraces()).showTrace(program, command.traceId, terminal));
      case 'trace import':
        return (await traceFileCommands()).importTraces(program, command, terminal);
      case 'trace export':
        return (await traceFileCommands()).exportTraces(program, command, terminal);
      case 'trace query':
        return stoppable((await traceCommands()).queryTraces(program, command, terminal));
      case 'trace stats':
        return stoppable((await traceCommands()).traceStats(program, command, terminal));
      case 'trace diff':
        return stoppable((await import('./terminal/diffTraces.ts')).diffTraces(program, command, terminal));
      case 'trace tail':
        return (await followCommands()).tailTraces(program, command, terminal);
      case 'trace receive':
        return (await followCommands()).receiveTraces(program, command, terminal);
      case 'trace goals':
        return stoppable((await import('./terminal/traceGoals.ts')).traceGoals(program, terminal));
      case 'trace sql':
        return stoppable((await traceCommands()).traceSql(program, command, terminal));
      case 'trace pin':
        return (await traceCommands()).pinTrace(program, command, terminal);
      case 'demo':
        return (await import('./terminal/demo.ts')).demo(
          program,
          join(root, 'examples/korean-sample.csv'),
          terminal,
        );
      case 'backup list':
      case 'backup now':
      case 'backup restore':
      case 'doctor':
      case 'help':
      case 'version':
        throw new TracedeckError('permanent', 'internal', `${command.name} needs no program`);
    }
  }
}

const runCommands = () => import('./terminal/runCommands.ts');
const storedTraces = () => import('./terminal/storedTraces.ts');
const deckCommands = () => import('./terminal/deckCommands.ts');
const traceCommands = () => import('./terminal/traceCommands.ts');
const traceFileCommands = () => import('./terminal/traceFileCommands.ts');
const followCommands = () => import('./terminal/followTraces.ts');

/** Messages tell of files and names as they are called; their lines are our own. */
function shown(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** Fires at the first Ctrl+C. One that comes a second later or more ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (controller.signal.aborted && now - firstMs >= REPEAT_MS) process.exit(EXIT_INTERRUPTED);
      if (!controller.signal.aborted) firstMs = now;
      controller.abort();
    });
  }
  return controller.signal;
}

function packageVersion(root: string): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    .version;
}

/** Options of one command that stand for environment variables: they hold for this process only. */
function overrides(command: Command): Record<string, string> {
  if (command.name !== 'generate') return {};
  return {
    ...(command.baseUrl === null ? {} : { TRACEDECK_BASE_URL: command.baseUrl }),
    ...(command.model === null ? {} : { TRACEDECK_MODEL: command.model }),
  };
}
