/** Commands about decks and cards: out, in, push, figures. */
import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { PushConflict } from '../../shared/anki.ts';
import type { GeneratorId } from '../../shared/run.ts';
import type { StudyStats } from '../../shared/study.ts';
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import { cancelledError, TracedeckError } from '../errors/tracedeckError.ts';
import { isCardFile } from '../exchange/readCardFile.ts';
import { cardToJson } from '../exchange/writeCards.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import { counted, isoText, table } from './answerText.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import type { DeckCommandOf } from './deckArguments.ts';
import type { DeckProgram } from './deckProgram.ts';
import { cardText } from './printReport.ts';
import { requireDeck } from './requireDeck.ts';
import { watched } from './watchWork.ts';

const EXIT_FAILED = 1;
const CARDS_A_PAGE = 500;
const MAX_LISTED = 20;

/** `export`. */
export async function exportDeck(
  program: Pick<DeckProgram, 'exportDeck'>,
  { name: _name, to, ...choice }: DeckCommandOf<'export'>,
  terminal: Terminal,
): Promise<number> {
  const report = await watched(terminal, (watch) => program.exportDeck(to, choice, watch));
  print(terminal, report, () =>
    [
      `${printable(to)}: ${counted(report.notes, 'note')}, ${counted(report.cards, 'card')}${
        report.media > 0 ? `, ${counted(report.media, 'media file')}` : ''
      }, ${formatBytes(report.bytes)}`,
      ...report.leftOut.map((reason) => `  left out: ${printable(reason)}`),
    ].join('\n'),
  );
  return 0;
}

/** `import`. Exit code 1 where something of the file was not taken in. */
export async function importFile(
  program: Pick<DeckProgram, 'importFile'>,
  { file, deck }: DeckCommandOf<'import'>,
  terminal: Terminal,
): Promise<number> {
  await checkIsCards(file);
  const report = await watched(terminal, (watch) => program.importFile(file, deck, watch));
  const { added, updated, unchanged, cards, media, reviews, conflicts, refused } = report;
  print(terminal, report, () =>
    [
      `${printable(basename(file))} (${report.form}): ${counted(added, 'new note')}, ${formatCount(updated)} updated, ${formatCount(unchanged)} as they were`,
      `  ${counted(cards, 'card')}, ${counted(media, 'media file')}, ${counted(reviews, 'review')}, in ${formatDuration(report.tookMs)}`,
      ...listed(
        'not taken in',
        conflicts.map(({ term, reason }) => `${term}: ${reason}`),
      ),
      ...listed('refused', refused),
      ...(report.changeSetId === null ? [] : ['Take it back with: npm run -s cli -- undo']),
    ].join('\n'),
  );
  return conflicts.length + refused.length > 0 ? EXIT_FAILED : 0;
}

/** @throws TracedeckError `file_unreadable`; `not_cards` where cards have yet to be made of the file */
async function checkIsCards(file: string): Promise<void> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new TracedeckError('user', 'file_unreadable', `There is no file ${file}.`, {
      hint: 'Check the path: it counts from the folder that you are in.',
    });
  }
  const extension = extname(file).toLowerCase();
  const isDocument = ['.md', '.markdown', '.pdf', '.epub'].includes(extension);
  const isTable = ['.csv', '.tsv', '.txt'].includes(extension);
  if (!isDocument && !isTable) return;
  // What is empty or a folder is told when it is read.
  if (found.size === 0 || found.isDirectory()) return;
  if (isTable && (await isCardFile(file))) return;
  const what = isDocument ? 'is a document' : "is a list: it has no header lines of Anki's";
  throw new TracedeckError('user', 'not_cards', `${file} ${what}.`, {
    hint: `Make cards of it with: npm run -s cli -- generate ${file}`,
  });
}

/** `push`. Exit code 1 where notes were left out, or wait for Anki. */
export async function push(
  program: Pick<DeckProgram, 'pushPlan' | 'push'>,
  { deck, plan, overwrite }: DeckCommandOf<'push'>,
  terminal: Terminal,
): Promise<number> {
  if (plan) {
    const planned = await watched(terminal, (watch) => program.pushPlan(deck, watch));
    const more = planned.create + planned.update - planned.sample.length;
    print(terminal, planned, () =>
      [
        `Would create ${counted(planned.create, 'note')}, update ${formatCount(planned.update)}, leave ${formatCount(planned.unchanged)} as they are.`,
        ...planned.sample.flatMap(({ term, action, fields }) => [
          `  ${action}  ${printable(term)}`,
          ...fields.map(
            ({ name, before, after }) =>
              `    ${printable(name)}: ${before === null ? '' : `${flat(before)} → `}${flat(after)}`,
          ),
        ]),
        ...(more > 0 ? [`  … and ${formatCount(more)} more`] : []),
        ...conflictLines('left alone', planned.conflicts),
      ].join('\n'),
    );
    return 0;
  }
  const report = await watched(terminal, (watch) =>
    program.push({ deck, onConflict: overwrite ? 'overwrite' : 'skip' }, watch),
  );
  const { created, updated, unchanged, conflicts, failed, queued } = report;
  print(terminal, report, () =>
    [
      `Pushed to Anki: ${counted(created, 'new note')}, ${formatCount(updated)} updated, ${formatCount(unchanged)} as they were.`,
      ...conflictLines('changed in Anki, left alone', conflicts),
      ...conflictLines('failed', failed),
      ...(queued > 0 ? [`${counted(queued, 'note')} ${queued === 1 ? 'waits' : 'wait'} for Anki.`] : []),
    ].join('\n'),
  );
  return conflicts.length + failed.length + queued > 0 ? EXIT_FAILED : 0;
}

/** `decks`. */
export async function listDecks(program: Pick<DeckProgram, 'deckTree'>, terminal: Terminal): Promise<number> {
  const decks = await program.deckTree();
  print(terminal, decks, () =>
    decks.length === 0
      ? 'No decks yet.'
      : table(
          ['deck', 'notes', 'cards', 'new', 'learning', 'due', 'to review'],
          decks.map((deck) => [
            deck.name,
            formatCount(deck.noteCount),
            formatCount(deck.cardCount),
            formatCount(deck.newCount),
            formatCount(deck.learningCount),
            formatCount(deck.reviewCount),
            formatCount(deck.proposedCount),
          ]),
        ),
  );
  return 0;
}

/** `cards find`; written as it is read. */
export async function findCards(
  program: Pick<DeckProgram, 'findCards' | 'cardsById' | 'deckTree'>,
  { query, deck, sort, limit }: DeckCommandOf<'cards find'>,
  { json, stdout, stderr, interrupted }: Terminal,
): Promise<number> {
  await requireDeck(program, deck);
  const { ids, problem } = await program.findCards({ query, deck, runId: null, sort });
  if (problem !== null) {
    stderr.write(`${printable(query)}\n${' '.repeat(problem.at)}^\n`);
    throw new TracedeckError('user', 'query_invalid', problem.message, { hint: 'See docs/deck-search.md.' });
  }
  const wanted = limit === null ? ids : ids.subarray(0, limit);
  let first = true;
  for (let from = 0; from < wanted.length && !interrupted.aborted; from += CARDS_A_PAGE) {
    for (const card of await program.cardsById([...wanted.subarray(from, from + CARDS_A_PAGE)])) {
      const shown = json
        ? `${first ? '[\n' : ',\n'}${JSON.stringify(cardToJson(card))}`
        : `${cardText(card)}\n`;
      if (!stdout.write(shown)) await new Promise((resolve) => stdout.once('drain', resolve));
      first = false;
    }
  }
  if (json) stdout.write(first ? '[]\n' : '\n]\n');
  else if (first) stdout.write('Nothing found.\n');
  else if (wanted.length < ids.length) stderr.write(`${formatCount(ids.length)} cards match.\n`);
  if (interrupted.aborted) throw cancelledError();
  return 0;
}

/** `undo`. */
export async function undo(program: Pick<DeckProgram, 'undoChange'>, terminal: Terminal): Promise<number> {
  const change = await program.undoChange();
  print(terminal, change, () =>
    change === null
      ? 'There is nothing to take back.'
      : [
          `Taken back: ${printable(change.label)}, of ${isoText(change.atMs)} (${counted(change.notes, 'note')}, ${counted(change.cards, 'card')}).`,
          ...listed(
            'left alone',
            change.leftAlone.map(({ cardId, reason }) => `card ${cardId}: ${reason}`),
          ),
        ].join('\n'),
  );
  return 0;
}

/** `study stats`. */
export async function studyStats(
  program: Pick<DeckProgram, 'studyStats' | 'deckTree'>,
  { deck, days }: DeckCommandOf<'study stats'>,
  terminal: Terminal,
): Promise<number> {
  await requireDeck(program, deck);
  const stats = await program.studyStats({ deck, days });
  print(terminal, stats, () => statsText(stats));
  return 0;
}

function statsText({ states, history, forecast, retention, medianAnswerMs, streakDays }: StudyStats): string {
  const reviewed = history.reduce((sum, day) => sum + day.reviews, 0);
  const spentMs = history.reduce((sum, day) => sum + day.durationMs, 0);
  const share = (part: number | null): string =>
    part === null ? '–' : formatPercent(Math.round(part * 1000) / 1000);
  return [
    `cards      ${formatCount(states.new)} new, ${formatCount(states.learning)} in learning, ${formatCount(states.young)} young, ${formatCount(states.mature)} mature, ${formatCount(states.suspended)} suspended`,
    `reviews    ${formatCount(reviewed)} in ${formatDuration(spentMs)}${medianAnswerMs === null ? '' : `, ${formatDuration(medianAnswerMs)} a card`}; ${counted(streakDays, 'day')} in a row`,
    `due        ${
      forecast
        .filter(({ day }) => day <= 7)
        .map(({ day, due }) => `${day === 0 ? 'today' : `+${day}`} ${formatCount(due)}`)
        .join(', ') || 'nothing'
    }`,
    '',
    table(
      ['remembered', 'reviews', 'actual', 'predicted'],
      retention.map(({ label, reviews, actual, predicted }) => [
        label,
        formatCount(reviews),
        share(actual),
        share(predicted),
      ]),
    ),
  ].join('\n');
}

/** `models test`. */
export async function testModel(
  program: Pick<DeckProgram, 'testConnection'>,
  generator: GeneratorId,
  terminal: Terminal,
): Promise<number> {
  const test = await program.testConnection(generator);
  print(
    terminal,
    { generator, ...test },
    () =>
      `${generator}: ${printable(test.model)} answered in ${formatDuration(test.latencyMs)} (${formatCount(test.inputTokens)} tokens in, ${formatCount(test.outputTokens)} out)\n  trace ${test.traceId}`,
  );
  return 0;
}

function conflictLines(what: string, conflicts: readonly PushConflict[]): readonly string[] {
  return listed(
    what,
    conflicts.map(({ term, reason }) => `${term}: ${reason}`),
  );
}

function listed(what: string, entries: readonly string[]): readonly string[] {
  const lines = entries.slice(0, MAX_LISTED).map((entry) => `  ${what}: ${flat(entry)}`);
  if (entries.length > MAX_LISTED)
    lines.push(`  … and ${formatCount(entries.length - MAX_LISTED)} more (--json lists all)`);
  return lines;
}

function flat(text: string): string {
  return printable(text.replaceAll('\n', ' / '));
}
