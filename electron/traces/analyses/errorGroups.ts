/** Failed spans by fault: error type, service, operation, and the message without what differs from case to case. */
import { ATTR, SPAN_STATUSES } from '../../../shared/span.ts';
import type { ErrorGroup, Found, Search } from '../../../shared/traceQuery.ts';
import type { SpanBlock, SpanExtra, SpanReader } from '../blockTypes.ts';
import { matchSpans } from '../query/match.ts';
import type { AskOptions } from './askOptions.ts';
import { NumberList } from './numberList.ts';
import { AttributeAccess, keyNumbers } from './attributeAccess.ts';
import { OriginGroups } from './originGroups.ts';
import { spanIdAt } from './spanIds.ts';

const ERROR = SPAN_STATUSES.indexOf('error');
const MAX_GROUPS = 1000;
const MAX_EXAMPLES = 5;
const MAX_MESSAGE = 300;
const TREND_STEPS = 24;
const EXCEPTION = 'exception';

type Example = { readonly block: SpanBlock; readonly row: number; readonly timeUs: number };
type Group = Omit<ErrorGroup, 'count' | 'firstMs' | 'lastMs' | 'trend' | 'examples'> & {
  count: number;
  firstUs: number;
  lastUs: number;
  readonly timesUs: NumberList;
  /** Newest first. */
  readonly examples: Example[];
};

/**
 * The most frequent first, at most 1000. A failure that passes through several spans is one in each of them: the
 * operation is part of the fault.
 */
export function errorGroups(reader: SpanReader, search: Search, options: AskOptions = {}): Found<ErrorGroup> {
  const beganMs = performance.now();
  const typeKeys = keyNumbers(reader.strings, [ATTR.errorType, ATTR.exceptionType]);
  const messageKeys = keyNumbers(reader.strings, [ATTR.exceptionMessage]);
  const services = new OriginGroups(reader, false);
  const groups = new Map<string, Group>();
  const fingerprints = new Map<string, string>();
  const matches = matchSpans(reader, search, options);
  for (const { block, rows } of matches) {
    const { flags } = block;
    let types: AttributeAccess | null = null;
    let messages: AttributeAccess | null = null;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i]!;
      if (flags[row]! >> 3 !== ERROR) continue;
      types ??= new AttributeAccess(block, typeKeys);
      messages ??= new AttributeAccess(block, messageKeys);
      const extra = block.extra(row);
      const raw = extra?.statusMessage ?? messages.text(row) ?? exceptionText(extra, ATTR.exceptionMessage);
      let message = fingerprints.get(raw);
      if (message === undefined) {
        message = fingerprintOf(raw);
        if (fingerprints.size < 100_000) fingerprints.set(raw, message);
      }
      const errorType = types.text(row) ?? exceptionText(extra, ATTR.exceptionType);
      const { service } = services.at(services.of(block.origin[row]!));
      const name = block.name[row]!;
      const key = JSON.stringify([errorType, service, name, message]);
      let group = groups.get(key);
      if (group === undefined) {
        group = {
          errorType,
          service,
          name: reader.strings.text(name),
          message,
          count: 0,
          firstUs: Infinity,
          lastUs: -Infinity,
          timesUs: new NumberList(),
          examples: [],
        };
        groups.set(key, group);
      }
      count(group, block, row);
    }
  }
  const all = [...groups.values()];
  const fromUs = all.reduce((first, { firstUs }) => Math.min(first, firstUs), Infinity);
  const toUs = all.reduce((last, { lastUs }) => Math.max(last, lastUs), -Infinity);
  const items = all
    .sort((a, b) => b.count - a.count || b.lastUs - a.lastUs || (a.message < b.message ? -1 : 1))
    .slice(0, MAX_GROUPS)
    .map(({ firstUs, lastUs, timesUs, examples, ...group }) => ({
      ...group,
      firstMs: firstUs / 1000,
      lastMs: lastUs / 1000,
      trend: trendOf(timesUs.values, fromUs, toUs),
      examples: examples.map(({ block, row, timeUs }) => ({
        traceId: reader.traceId(block.trace[row]!),
        spanId: spanIdAt(block, row),
        timeMs: timeUs / 1000,
      })),
    }));
  return {
    items,
    leftOut: { ...matches.leftOut, more: matches.leftOut.more || groups.size > MAX_GROUPS },
    tookMs: performance.now() - beganMs,
  };
}

function trendOf(timesUs: Float64Array, fromUs: number, toUs: number): readonly number[] {
  const steps = new Array<number>(TREND_STEPS).fill(0);
  const stepUs = Math.max(1, (toUs - fromUs) / TREND_STEPS);
  for (const us of timesUs) steps[Math.min(TREND_STEPS - 1, Math.floor((us - fromUs) / stepUs))]! += 1;
  return steps;
}

function count(group: Group, block: SpanBlock, row: number): void {
  const timeUs = block.startUs[row]!;
  group.count += 1;
  group.timesUs.push(timeUs);
  group.firstUs = Math.min(group.firstUs, timeUs);
  group.lastUs = Math.max(group.lastUs, timeUs);
  const { examples } = group;
  if (examples.length === MAX_EXAMPLES && examples[MAX_EXAMPLES - 1]!.timeUs >= timeUs) return;
  let at = examples.length;
  while (at > 0 && examples[at - 1]!.timeUs < timeUs) at -= 1;
  examples.splice(at, 0, { block, row, timeUs });
  if (examples.length > MAX_EXAMPLES) examples.pop();
}

/** Of the last exception among the events: what came out of the span in the end. Empty where there is none. */
function exceptionText(extra: SpanExtra | null, key: string): string {
  const value = extra?.events.findLast(({ name }) => name === EXCEPTION)?.attributes[key];
  return typeof value === 'string' ? value : '';
}

/** What differs between two cases of one fault, the longer forms first: `12` is part of an address and of an id. */
const VARIABLE: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/"[^"\n]*"|“[^”\n]*”|«[^»\n]*»|`[^`\n]*`|(?<![\p{L}\p{N}])'[^'\n]*'(?![\p{L}\p{N}])/gu, '…'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s)\]}>,;]+/giu, '<url>'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/giu, '<id>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b/gu, '<time>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/gu, '<address>'],
  // Letters and digits mixed: hashes, keys, names of containers.
  [/\b0x[0-9a-f]+\b/giu, '<id>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/giu, '<id>'],
  [/\b(?=\w*\d)(?=\w*[a-z])\w{16,}\b/giu, '<id>'],
  [/[-+]?(?<![\p{L}\p{N}_])\d+(?:[.,]\d+)*(?:e[-+]?\d+)?/giu, '#'],
];

/**
 * The message with numbers, ids, addresses, times and quoted parts replaced, so that the same fault has the same text;
 * only its first line, and at most 300 letters of it.
 */
export function fingerprintOf(message: string): string {
  let [text = ''] = message
    .trim()
    .slice(0, 4 * MAX_MESSAGE)
    .split(/\r?\n/, 1);
  for (const [pattern, replacement] of VARIABLE) text = text.replace(pattern, replacement);
  text = text.replace(/\s+/gu, ' ');
  return text.length > MAX_MESSAGE ? `${[...text].slice(0, MAX_MESSAGE).join('')}…` : text;
}
