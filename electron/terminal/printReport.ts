/** Runs, cards and reports as text for people. */
import type { Card } from '../../shared/card.ts';
import type { RunProgress, RunReport } from '../../shared/run.ts';
import type { RunEstimate } from '../../shared/source.ts';
import { formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import { counted, table } from './answerText.ts';

const MAX_ERRORS = 20;
/** Characters of a term, which may be a sentence. */
const MAX_TERM = 40;

/** The closing summary of a run. */
export function reportText(report: RunReport): string {
  const { cache, tokens, estimate, errors, problem } = report;
  const lines = [
    `Run ${report.runId}: ${report.state} after ${formatDuration(report.durationMs)}`,
    `  rows     ${formatCount(report.terms)}: ${formatCount(report.notes)} with new cards, ${formatCount(report.duplicates)} already there, ${formatCount(report.skipped)} skipped, ${formatCount(report.failed)} failed`,
    `  cards    ${formatCount(report.cards)}`,
    `  cache    ${report.hitRate === null ? 'not asked' : `${formatPercent(report.hitRate)} hits`} (memory ${formatCount(cache.memory.hits)} of ${formatCount(cache.memory.hits + cache.memory.misses)}, disk ${formatCount(cache.disk.hits)} of ${formatCount(cache.disk.hits + cache.disk.misses)})`,
    `  tokens   ${formatCount(tokens.input)} in, ${formatCount(tokens.output)} out, ${formatCount(tokens.saved)} saved by the cache`,
  ];
  if (estimate !== null) {
    lines.push(
      `           nothing was billed; a hosted model would take about ${formatCount(estimate.input)} in, ${formatCount(estimate.output)} out (estimate, ${estimate.encoding})`,
    );
  }
  lines.push(`  trace    ${report.traceId}`);
  if (problem !== null) lines.push('', `Stopped: ${problem.message} ${problem.hint ?? ''}`.trimEnd());
  if (errors.length > 0) lines.push('', ...errorLines(report));
  return lines.join('\n');
}

function errorLines({ errors, runId, failed }: RunReport): string[] {
  const lines = errors
    .slice(0, MAX_ERRORS)
    .map(({ row, term, code, message }) => `  row ${row}${termText(term)}  ${code}  ${message}`);
  if (errors.length > MAX_ERRORS)
    lines.push(`  … and ${formatCount(errors.length - MAX_ERRORS)} more (--json lists all)`);
  if (failed > 0)
    lines.push(`Try the failed rows again: npm run -s cli -- runs resume ${runId} --retry-failed`);
  return ['Rows without cards:', ...lines];
}

function termText(term: string | null): string {
  if (term === null) return '';
  const [line = ''] = term.split('\n', 1);
  return `  ${printable(line.length > MAX_TERM ? `${line.slice(0, MAX_TERM)}…` : line)}`;
}

/** One card, its sides on a line each. */
export function cardText({ type, front, back, tags }: Card): string {
  const flat = (text: string) => text.replaceAll('\n', ' / ');
  const tagText = tags.length > 0 ? `  [${tags.join(' ')}]` : '';
  return `${type.padEnd(12)} ${flat(front)}\n${' '.repeat(12)} → ${flat(back)}${tagText}`;
}

/** One line a run. */
export function runLine(run: RunProgress): string {
  const rows = `${formatCount(run.done + run.duplicates + run.skipped + run.failed)}/${formatCount(run.terms)} rows`;
  const when = new Date(run.startedMs).toISOString().slice(0, 16).replace('T', ' ');
  return `${run.runId}  ${when}  ${run.state.padEnd(11)} ${rows.padEnd(18)} ${formatCount(run.cards)} cards  ${formatCount(run.failed)} failed  ${run.deck}  ${run.sourceName}`;
}

/** `generate --estimate`. */
export function estimateText({ terms, inDeck, repeated, cached, looked, models }: RunEstimate): string {
  return [
    `${counted(terms, 'row')}: ${formatCount(inDeck)} in the deck, ${formatCount(repeated)} repeated; the cache has ${counted(cached.analyse, 'analysis', 'analyses')} and the cards of ${formatCount(cached.write)}.`,
    ...(looked < terms ? [`Projected from the first ${formatCount(looked)}.`] : []),
    '',
    table(
      ['model', 'calls', 'tokens in', 'tokens out', 'US dollars', ''],
      models.map(({ model, calls, inputTokens, outputTokens, cost, exact }) => [
        model,
        formatCount(calls),
        formatCount(inputTokens),
        formatCount(outputTokens),
        cost.toFixed(cost < 1 ? 4 : 2),
        exact ? '' : 'about',
      ]),
    ),
  ].join('\n');
}
