/** `generate` and `runs`, and the cards that came of them. */
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { RunReport, RunSettings } from '../../shared/run.ts';
import type { Settings } from '../../shared/settings.ts';
import type { SourceFormat } from '../../shared/source.ts';
import { formatCount } from '../../shared/units.ts';
import type { Program } from '../compose/compose.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import type { OpenedList } from '../exchange/readList.ts';
import { cardToJson, exportForm } from '../exchange/writeCards.ts';
import { languageName } from '../generators/fillPrompt.ts';
import { counted } from './answerText.ts';
import type { DeckProgram } from './deckProgram.ts';
import type { GenerateCommand } from './generateArguments.ts';
import { cardText, estimateText, reportText, runLine } from './printReport.ts';
import { createProgressLine } from './progressLine.ts';
import { requireDeck } from './requireDeck.ts';
import { print, unlessInterrupted } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { watched } from './watchWork.ts';

const SOURCE_NAMES: Readonly<Record<SourceFormat, string>> = {
  csv: 'CSV',
  tsv: 'TSV',
  lines: 'one entry a line',
  markdown: 'Markdown',
  pdf: 'PDF',
  epub: 'EPUB',
};
/** Rows failed, or the run stopped before its end. */
const EXIT_FAILED = 1;
/** Ended by Ctrl+C, as shells count it; the run can be resumed. */
const EXIT_INTERRUPTED = 130;

/** `generate`: reads a list, runs it, prints the report. Returns the exit code. */
export async function generate(
  program: Program & Pick<DeckProgram, 'estimateRun'>,
  command: GenerateCommand,
  terminal: Terminal,
): Promise<number> {
  const saved = program.settings.current();
  if (command.out !== null) checkOut(command.out);
  for (const template of [command.promptAnalyse, command.promptWrite]) {
    // Throws where there is none, also where the generator would not ask for it.
    if (template !== null) program.prompts.get(template);
  }
  const list = await unlessInterrupted(
    terminal,
    program.openList(
      command.file === '-'
        ? { kind: 'stdin', stream: terminal.stdin, name: 'standard input' }
        : { kind: 'file', path: command.file },
    ),
  );
  const settings = runSettings(command, saved);
  const language = languageName(list.preview.termLanguage);
  const taken =
    settings.termLanguage === 'auto'
      ? ` Language: ${language}, by the text itself; --term-language says otherwise.`
      : '';
  terminal.stderr.write(`${readingText(list)}${taken}\n`);
  if (command.estimate) {
    const estimate = await watched(terminal, (watch) => program.estimateRun(list, settings, watch)).finally(
      () => list.close(),
    );
    print(terminal, estimate, () => estimateText(estimate));
    return 0;
  }
  const runId = await program.startRun(list, settings).finally(() => list.close());
  return follow(program, runId, terminal, command.out);
}

function runSettings(command: GenerateCommand, saved: Settings): RunSettings {
  const { cardTypes, budget: dollars, budgetTokens: tokens, promptAnalyse, promptWrite } = command;
  const prompts = {
    ...(promptAnalyse === null ? {} : { analyse: promptAnalyse }),
    ...(promptWrite === null ? {} : { write: promptWrite }),
  };
  return {
    deck: command.deck ?? saved.deck,
    generator: command.generator ?? saved.generator,
    termLanguage: command.termLanguage ?? saved.termLanguage,
    meaningLanguage: command.meaningLanguage ?? saved.meaningLanguage,
    concurrency: command.concurrency ?? saved.concurrency,
    limit: command.limit,
    review: command.review ?? saved.review,
    ...(cardTypes === null ? {} : { cardTypes: [...cardTypes] }),
    ...(dollars === null && tokens === null ? {} : { budget: { dollars, tokens } }),
    ...(Object.keys(prompts).length === 0 ? {} : { prompts }),
    ...(command.fill ? { known: 'fill' as const } : {}),
  };
}

/** `runs resume`: the named run, or the newest that was left unfinished. */
export async function resume(
  program: Program,
  options: { runId: string | null; retryFailed: boolean },
  terminal: Terminal,
): Promise<number> {
  const runs = program.runs.list(1000);
  // What was broken off goes before what may be paused in an open window, and before what was cancelled on purpose.
  const open =
    (['interrupted', 'paused', 'cancelled'] as const)
      .map((wanted) => runs.find(({ state }) => state === wanted))
      .find((run) => run !== undefined) ??
    (options.retryFailed ? runs.find(({ failed }) => failed > 0) : undefined);
  const runId = options.runId ?? open?.runId;
  if (runId === undefined) {
    const [newest] = runs;
    if (newest === undefined) {
      throw new TracedeckError('user', 'nothing_to_resume', 'There is no run to go on with.');
    }
    // Asked once more than needed, as after a kill that came too late: the answer is what the run came to.
    terminal.stderr.write('No run is unfinished; this is the newest one.\n');
    const report = program.runs.report(newest.runId);
    print(terminal, report, () => reportText(report));
    return report.failed > 0 ? EXIT_FAILED : 0;
  }
  await program.runs.resume(runId, { retryFailed: options.retryFailed });
  return follow(program, runId, terminal, null);
}

/** Shows a running run until its session is over, then prints the report. */
async function follow(
  program: Program,
  runId: string,
  terminal: Terminal,
  out: string | null,
): Promise<number> {
  const { runs } = program;
  const line = createProgressLine(terminal.stderr);
  const stopListening = terminal.onProgress((progress) => {
    if (progress.runId === runId) line.update(progress);
  });
  const stop = () => void runs.interrupt(runId);
  if (terminal.interrupted.aborted) stop();
  terminal.interrupted.addEventListener('abort', stop, { once: true });
  try {
    await runs.finished(runId);
  } finally {
    stopListening();
    line.end();
  }
  await program.flush();
  const report = runs.report(runId);
  print(terminal, report, () => reportText(report));
  if (out !== null && !(await writeOut(program, report, out, terminal))) return EXIT_FAILED;
  if (terminal.interrupted.aborted) {
    terminal.stderr.write(`Stopped. Go on with: npm run -s cli -- runs resume ${runId}\n`);
    return EXIT_INTERRUPTED;
  }
  return report.failed > 0 || report.state !== 'done' ? EXIT_FAILED : 0;
}

/** What cannot be written is told before the run, which may be a paid one, and not after it. */
function checkOut(out: string): void {
  exportForm(out);
  try {
    accessSync(dirname(out), constants.W_OK);
  } catch {
    throw new TracedeckError('user', 'export_failed', `Cannot write to the folder of ${out}.`, {
      hint: 'Choose a folder that is there and may be written.',
    });
  }
}

/** The run is done and told by now: a file that cannot be written undoes neither. */
async function writeOut(
  program: Program,
  { runId, cards }: RunReport,
  out: string,
  { stderr }: Terminal,
): Promise<boolean> {
  try {
    const count = await program.exportCards(out, { deck: null, runId: null, listOfRun: runId, search: null });
    const waiting = count < cards ? '. Cards that wait for review are not in it.' : '';
    stderr.write(`${counted(count, 'card')} written to ${out}${waiting}\n`);
    return true;
  } catch (thrown) {
    const { code, message, hint } = toTracedeckError(thrown);
    stderr.write(
      `${message} ${hint ?? ''}\n(${code})\nThe cards are in the deck: cards list --run ${runId}\n`,
    );
    return false;
  }
}

function readingText({ preview, counts }: OpenedList): string {
  const { format, hasHeader, rows, columns, document } = preview;
  const form = SOURCE_NAMES[format];
  if (document !== undefined) {
    const { scannedPages } = document;
    const [first, ...others] = preview.problems.filter(({ code }) => code !== 'scanned_page');
    const more = others.length > 0 ? ` (and ${formatCount(others.length)} more)` : '';
    const out = first === undefined ? '' : `. Left out: ${first.message.replace(/\.$/, '')}${more}`;
    const scanned =
      scannedPages.length > 0
        ? `; ${counted(scannedPages.length, 'page')} of pictures without text: ${scannedPages.slice(0, 20).join(', ')}${scannedPages.length > 20 ? ' …' : ''}`
        : '';
    return `Read ${counted(rows, 'passage')} (${form}, ${counted(document.tokens, 'token')})${scanned}${out}.`;
  }
  const out = counts.problems > 0 ? `; ${formatCount(counts.problems)} of them without a usable term` : '';
  const header = hasHeader ? `header: ${columns.map((column) => column.header).join(', ')}` : 'no header';
  return `Read ${formatCount(rows)} rows (${form}, ${header})${out}.`;
}

/** `runs list`. */
export function listRuns(program: Program, terminal: Terminal): number {
  const runs = program.runs.list(1000);
  print(terminal, runs, () => runs.map(runLine).join('\n') || 'No runs yet.');
  return 0;
}

/** `cards list`; written as it is read, so that a large deck never stands in memory. */
export async function listCards(
  program: Program & Pick<DeckProgram, 'deckTree'>,
  filter: { deck: string | null; runId: string | null },
  terminal: Terminal,
): Promise<number> {
  const { stdout } = terminal;
  await requireDeck(program, filter.deck);
  // Throws where there is no such run.
  if (filter.runId !== null) program.runs.report(filter.runId);
  let first = true;
  for (const card of program.deck.cards.all({ ...filter, listOfRun: null, search: null })) {
    const text = terminal.json
      ? `${first ? '[\n' : ',\n'}${JSON.stringify(cardToJson(card))}`
      : `${cardText(card)}\n`;
    if (!stdout.write(text)) await new Promise((resolve) => stdout.once('drain', resolve));
    first = false;
  }
  if (terminal.json) stdout.write(first ? '[]\n' : '\n]\n');
  else if (first) stdout.write('No cards yet.\n');
  return 0;
}
