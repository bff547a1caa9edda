/**
 * A trace as text for a language model: what took its time, what failed, and its shape. Bounded, and without what
 * people wrote or models answered: of attributes only short values of harmless names are told, secrets taken out.
 */
import { criticalPath } from '../../shared/analysis/criticalPath.ts';
import { selfTimes } from '../../shared/analysis/selfTimes.ts';
import { costOfAttributes, totalOf, usageOfAttributes, MODEL_KEYS } from '../../shared/analysis/usage.ts';
import { createRedactor } from '../../shared/redact.ts';
import type { Attributes, LogRecord, SpanRecord } from '../../shared/span.ts';
import { formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import { logLines } from './llmLogs.ts';
import { serviceOf, type PackedTrace } from './packedTrace.ts';
import type { TraceWriter } from './traceWriter.ts';
import { pathTree } from './traceTree.ts';
import { isoTime } from './writeCsv.ts';

/** Of the whole text, in UTF-8; so many traces share it. */
export const MAX_BYTES = 24_000;
const MAX_TRACES = 8;
/** A trace that has less room is not told. */
const MIN_BYTES = 1000;
/** For the line that says how many traces are not told. */
const LAST_LINE_BYTES = 100;
/** What a terminal would obey, and what turns the order of letters around. */
const OBEYED = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const MAX_VALUE = 160;
const MAX_LABEL = 100;
const MAX_ATTRIBUTES = 10;

/**
 * Names whose texts may be what somebody wrote, asked or was answered, or who somebody is. Numbers and truth values
 * of such names are told: tokens and sizes are no content.
 */
const CONTENT_KEY =
  /(?:^|[._-])(?:prompts?|completions?|messages?|input|output|content|body|texts?|query|statement|arguments?|args|params?|parameters?|results?|response|instructions?|documents?|answers?|questions?|stacktrace|payload|value|data|headers?|key|note|card|front|back|term|meaning|definition|translation|sentence|user|enduser|email|username|session|ip|address|url|uri|path|target|file|filepath|command|command_line|command_args)(?:$|[._-])/i;
/** Known to be harmless, though named alike. */
const PLAIN_KEYS = new Set([
  'error.type',
  'exception.type',
  'http.request.method',
  'http.response.status_code',
  'gen_ai.response.model',
  'gen_ai.response.finish_reasons',
  'db.query.summary',
  'db.response.status_code',
  'rpc.response.status_code',
]);

type Op = {
  readonly label: string;
  count: number;
  errors: number;
  totalMs: number;
  selfMs: number;
  criticalMs: number;
  maxMs: number;
};

/** @param expected how many traces there will be at most */
export function createLlmWriter(expected = 1, maxBytes = MAX_BYTES): TraceWriter {
  let isCut = false;
  let traces = 0;
  let untold = 0;
  let left = maxBytes - LAST_LINE_BYTES;
  /** Of the trace that is being told. */
  let bytesLeft = 0;
  const redactor = createRedactor();

  const clean = (text: string, most: number): string => {
    const line = redactor.text(text).replace(/\s+/g, ' ').replace(OBEYED, '\u{fffd}').trim();
    return line.length <= most ? line : `${line.slice(0, most).replace(/\p{Surrogate}$/u, '')}…`;
  };

  /** Lines as long as there is room; the last one says how many were left out. */
  function section(title: string, lines: readonly string[], share: number): string {
    let room = Math.floor(bytesLeft * share) - 60;
    const kept: string[] = [];
    for (const line of lines) {
      room -= Buffer.byteLength(line) + 1;
      if (room < 0) break;
      kept.push(line);
    }
    if (kept.length < lines.length) {
      isCut = true;
      kept.push(`… ${formatCount(lines.length - kept.length)} more lines left out`);
    }
    const text = kept.length === 0 ? '' : `\n## ${title}\n${kept.join('\n')}\n`;
    bytesLeft -= Buffer.byteLength(text);
    return text;
  }

  /** The log records of a trace in as much room; what is left out is counted in records. */
  function logSection(records: readonly LogRecord[], firstMs: number, share: number): string {
    if (records.length === 0) return '';
    const lines = logLines(records, firstMs, clean);
    let room = Math.floor(bytesLeft * share) - 120;
    let told = 0;
    const kept: string[] = [];
    for (const { text, records: count } of lines) {
      room -= Buffer.byteLength(text) + 1;
      if (room < 0) break;
      kept.push(text);
      told += count;
    }
    if (told < records.length) {
      isCut = true;
      kept.push(`… ${formatCount(records.length - told)} more records left out`);
    }
    const text = `\n## Log records: ${formatCount(records.length)}, errors first\n${kept.join('\n')}\n`;
    bytesLeft -= Buffer.byteLength(text);
    return text;
  }

  function* tell(trace: PackedTrace, logs: readonly LogRecord[]): Generator<string> {
    traces += 1;
    const toCome = Math.min(Math.max(expected, traces), MAX_TRACES) - traces + 1;
    const given = Math.floor(left / toCome);
    if (traces > MAX_TRACES || given < MIN_BYTES) {
      isCut = true;
      untold += 1;
      return;
    }
    bytesLeft = given;
    yield* tellWithin(trace, logs);
    left -= given - bytesLeft;
  }

  function* tellWithin(trace: PackedTrace, logs: readonly LogRecord[]): Generator<string> {
    const { columns } = trace;
    const self = selfTimes(columns);
    const path = criticalPath(columns);
    const { of, list } = trace.origins();
    const services = list.map((origin) => clean(serviceOf(origin), MAX_LABEL));
    const names = trace.names();
    const labels: string[] = [];
    const places = new Map<string, number>();
    const label = new Uint32Array(trace.count);
    for (let row = 0; row < trace.count; row += 1) {
      const key = `${of[row]!} ${names.of[row]!}`;
      let place = places.get(key);
      if (place === undefined) {
        const name = clean(names.list[names.of[row]!]!, MAX_LABEL) || '(no name)';
        place = labels.push(services.length > 1 ? `${name} [${services[of[row]!]!}]` : name) - 1;
        places.set(key, place);
      }
      label[row] = place;
    }
    const tree = pathTree(columns, label);
    const operations = labels.map((text) => newOp(text));
    const nodes = tree.label.map((place) => newOp(labels[place]!));
    const failed: SpanRecord[] = [];
    const failedRows: number[] = [];
    const usage = new Map<string, { calls: number; tokens: number; cost: number }>();
    let errors = 0;
    let open = 0;
    let row = 0;
    for (const span of trace.records()) {
      const isError = span.status === 'error';
      if (isError) {
        errors += 1;
        // A fault shows in every span around it: the innermost ones tell most, and they come last.
        if (failed.length < 2000) {
          failed.push(span);
          failedRows.push(row);
        }
      }
      if (span.endMs === null) open += 1;
      for (const op of [operations[label[row]!]!, nodes[tree.nodeOf[row]!]!]) {
        const ms = columns.endMs[row]! - columns.startMs[row]!;
        op.count += 1;
        op.errors += isError ? 1 : 0;
        op.totalMs += ms;
        op.selfMs += self[row]!;
        op.criticalMs += path.ms[row]!;
        op.maxMs = Math.max(op.maxMs, ms);
      }
      const used = usageOfAttributes(span.attributes);
      if (used !== null) {
        const model = modelOf(span.attributes);
        const sum = usage.get(model) ?? { calls: 0, tokens: 0, cost: 0 };
        usage.set(model, sum);
        sum.calls += 1;
        sum.tokens += totalOf(used);
        sum.cost += costOfAttributes(span.attributes) ?? 0;
      }
      row += 1;
    }
    const spanMs = lengthMs(trace.firstMs, trace.lastMs);
    const share = (ms: number): string =>
      formatPercent(spanMs === 0 ? NaN : Math.round((ms / spanMs) * 1000) / 1000);

    const head = `# Trace ${trace.traceId}\n${[
      `Started ${isoTime(trace.firstMs)}, took ${formatDuration(spanMs)}; ${formatCount(trace.count)} spans, ${formatCount(errors)} failed, ${formatCount(open)} without an end.`,
      `Services: ${clean(list.map((origin, i) => `${services[i]!} ${versionOf(origin.resource)}`.trim()).join(', '), 600)}.`,
      'Texts of prompts, answers, queries and people are left out on purpose; secrets are taken out.',
    ].join('\n')}\n`;
    bytesLeft -= Buffer.byteLength(head);
    yield head;
    yield section(
      'Critical path: what the length of the trace hangs on, by operation',
      operations
        .filter(({ criticalMs }) => criticalMs > 0)
        .sort((a, b) => b.criticalMs - a.criticalMs)
        .map((op) => `- ${op.label}: ${formatDuration(op.criticalMs)} (${share(op.criticalMs)})`)
        .concat(
          path.idleMs > 0 ? [`- nothing ran: ${formatDuration(path.idleMs)} (${share(path.idleMs)})`] : [],
        ),
      0.2,
    );
    yield section('Failures', failureLines(trace, failed, failedRows, label, labels), 0.3);
    yield logSection(logs, trace.firstMs, 0.25);
    yield section(
      'Operations by self time',
      operations
        .sort((a, b) => b.selfMs - a.selfMs)
        .map(
          (op) =>
            `- ${op.label}: ${formatCount(op.count)} ×, self ${formatDuration(op.selfMs)}, total ${formatDuration(op.totalMs)}, mean ${formatDuration(op.totalMs / op.count)}, max ${formatDuration(op.maxMs)}${op.errors === 0 ? '' : `, ${formatCount(op.errors)} failed`}`,
        ),
      0.35,
    );
    yield section(
      'Tokens as the spans report them (a span around others may repeat theirs)',
      [...usage].map(
        ([model, { calls, tokens, cost }]) =>
          `- ${model}: ${formatCount(calls)} calls, ${formatCount(tokens)} tokens${cost === 0 ? '' : `, ${cost.toFixed(4)} USD`}`,
      ),
      0.2,
    );
    yield section(
      'Tree: spans of one name below the same parents are one line',
      treeLines(tree.parent, nodes),
      0.98,
    );
  }

  function failureLines(
    trace: PackedTrace,
    failed: readonly SpanRecord[],
    rows: readonly number[],
    label: Uint32Array,
    labels: readonly string[],
  ): string[] {
    const { parent } = trace.columns;
    const around = new Set(rows.map((row) => parent[row]!));
    const groups = new Map<string, { count: number; depth: number; text: string; inner: boolean }>();
    for (const [index, span] of failed.entries()) {
      const row = rows[index]!;
      const exception = span.events.find(({ name }) => name === 'exception')?.attributes ?? {};
      const type = String(span.attributes['error.type'] ?? exception['exception.type'] ?? '');
      const said = span.statusMessage ?? exception['exception.message'];
      const message = typeof said === 'string' ? clean(said, 300) : '';
      const key = `${label[row]!} ${type} ${message.replace(/\d+/g, '#')}`;
      const group = groups.get(key);
      if (group !== undefined) {
        group.count += 1;
        continue;
      }
      const above: string[] = [];
      for (let at = parent[row]!; at >= 0 && above.length < 8; at = parent[at]!)
        above.push(labels[label[at]!]!);
      const told = harmless(span.attributes);
      groups.set(key, {
        count: 1,
        inner: !around.has(row),
        depth: above.length,
        text: [
          `${labels[label[row]!]!}: ${[clean(type, 100), message].filter((part) => part !== '').join(': ') || 'failed without a message'}`,
          `  span ${span.spanId}, at +${formatDuration(lengthMs(trace.firstMs, span.startMs))}, took ${span.endMs === null ? 'no end' : formatDuration(lengthMs(span.startMs, span.endMs))}${above.length === 0 ? '' : `, in ${above.join(' < ')}`}`,
          ...(told === '' ? [] : [`  ${told}`]),
        ].join('\n'),
      });
    }
    // Where a failure began before what it took down.
    return [...groups.values()]
      .sort((a, b) => Number(b.inner) - Number(a.inner) || (a.inner ? b.count - a.count : b.depth - a.depth))
      .map(({ count, text }) => `- ${formatCount(count)} × ${text}`);
  }

  function harmless(attributes: Attributes): string {
    const told: string[] = [];
    for (const [key, value] of Object.entries(attributes)) {
      if (told.length === MAX_ATTRIBUTES) break;
      if (redactor.isSecretKey(key)) continue;
      const isText = typeof value === 'string' || Array.isArray(value);
      if (isText && CONTENT_KEY.test(key) && !PLAIN_KEYS.has(key)) continue;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (text.length > MAX_VALUE) continue;
      told.push(`${clean(key, MAX_LABEL)}=${clean(text, MAX_VALUE)}`);
    }
    return told.join(', ');
  }

  function modelOf(attributes: Attributes): string {
    for (const key of MODEL_KEYS) {
      const value = attributes[key];
      if (typeof value === 'string' && value !== '') return clean(value, MAX_LABEL);
    }
    return 'no model named';
  }

  return {
    *begin() {},
    trace: tell,
    logsWithin: true,
    *end() {
      if (untold > 0) yield `\n${formatCount(untold)} more of the traces are left out for lack of room.\n`;
    },
    notes: () => [
      'Attributes that can hold prompts, answers, queries or personal data are left out.',
      ...(isCut
        ? [`Cut at ${formatCount(maxBytes)} bytes${traces > 1 ? ' for all traces together' : ''}.`]
        : []),
    ],
  };
}

function newOp(label: string): Op {
  return { label, count: 0, errors: 0, totalMs: 0, selfMs: 0, criticalMs: 0, maxMs: 0 };
}

function versionOf(resource: Attributes): string {
  const version = resource['service.version'];
  return typeof version === 'string' ? version : '';
}

/** Indented by depth, of siblings those that took longest first; what is deep down is still told by its place. */
function treeLines(parent: readonly number[], nodes: readonly Op[]): string[] {
  const children = new Map<number, number[]>();
  for (const [node, above] of parent.entries()) {
    const known = children.get(above);
    if (known === undefined) children.set(above, [node]);
    else known.push(node);
  }
  const lines: string[] = [];
  const stack = (children.get(-1) ?? []).map((node) => ({ node, depth: 0 })).reverse();
  while (stack.length > 0 && lines.length < 5000) {
    const { node, depth } = stack.pop()!;
    const { label, count, errors, totalMs, selfMs, maxMs } = nodes[node]!;
    const many = count === 1 ? '' : ` ${formatCount(count)} × (max ${formatDuration(maxMs)})`;
    lines.push(
      `${'  '.repeat(Math.min(depth, 20))}${label}${many} ${formatDuration(totalMs)}, self ${formatDuration(selfMs)}${errors === 0 ? '' : `, ${formatCount(errors)} failed`}`,
    );
    const below = (children.get(node) ?? []).sort((a, b) => nodes[a]!.totalMs - nodes[b]!.totalMs);
    for (const child of below) stack.push({ node: child, depth: depth + 1 });
  }
  return lines;
}
