/** The command line as data. Bad usage throws `UsageError`, which the program turns into exit code 2. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { GENERATORS, type GeneratorId } from '../../shared/run.ts';
import { EXPORT_FORMATS, OPERATION_GROUPS, type ExportFormat } from '../../shared/traceQuery.ts';
import { formatOfPath } from '../traceFiles/traceWriter.ts';

export class UsageError extends Error {}

export type GenerateCommand = {
  readonly name: 'generate';
  /** `-` for standard input. */
  readonly file: string;
  readonly deck: string | null;
  readonly generator: GeneratorId | null;
  readonly termLanguage: string | null;
  readonly meaningLanguage: string | null;
  readonly concurrency: number | null;
  readonly limit: number | null;
  readonly out: string | null;
  readonly baseUrl: string | null;
  readonly model: string | null;
};
export const QUERY_SIGNALS = ['traces', 'spans', 'logs'] as const;
export type TraceCommand =
  | { readonly name: 'trace list'; readonly limit: number | null }
  | { readonly name: 'trace show'; readonly traceId: string }
  | { readonly name: 'trace import'; readonly files: readonly string[] }
  | {
      readonly name: 'trace export';
      /** A trace's id or its beginning; `null` with a query. */
      readonly traceId: string | null;
      readonly query: string | null;
      readonly fromMs: number | null;
      readonly limit: number | null;
      /** `-` for standard output. */
      readonly to: string;
      readonly format: ExportFormat;
      readonly columns: readonly string[];
    }
  | {
      readonly name: 'trace query';
      readonly query: string;
      readonly signal: (typeof QUERY_SIGNALS)[number];
      readonly fromMs: number | null;
      readonly limit: number | null;
    }
  | {
      readonly name: 'trace stats';
      readonly query: string;
      readonly by: (typeof OPERATION_GROUPS)[number];
      readonly fromMs: number | null;
      readonly limit: number | null;
    }
  | {
      readonly name: 'trace diff';
      /** Ids, their beginnings, or queries. */
      readonly a: string;
      readonly b: string;
      readonly fromMs: number | null;
      readonly limit: number | null;
    }
  | { readonly name: 'trace tail'; readonly query: string }
  | {
      readonly name: 'trace receive';
      /** Ports; `null` for none, both `null` for the usual ones. */
      readonly http: number | null;
      readonly grpc: number | null;
    }
  | { readonly name: 'trace sql'; readonly sql: string; readonly limit: number | null }
  | { readonly name: 'trace pin'; readonly traceId: string; readonly pinned: boolean };
export type Command =
  | GenerateCommand
  | TraceCommand
  | { readonly name: 'runs list' }
  | { readonly name: 'runs resume'; readonly runId: string | null; readonly retryFailed: boolean }
  | { readonly name: 'cards list'; readonly deck: string | null; readonly runId: string | null }
  | { readonly name: 'doctor' }
  | { readonly name: 'demo' }
  | { readonly name: 'help' };
export type CommandLine = {
  readonly command: Command;
  readonly json: boolean;
  readonly dataDir: string | null;
};

export const USAGE = `Tracedeck: vocabulary lists into flashcards, every run a trace.

Usage: npm run -s cli -- <command> [options]

  generate <file|->        make cards of a list (CSV, TSV, one term a line; - reads standard input)
      --deck NAME          the deck that takes the cards            (default: from the settings)
      --generator ID       ${GENERATORS.join(' or ')}                       (default: offline)
      --concurrency N      rows worked on at a time, 1 to 256       (default: 32)
      --limit N            only the first N rows
      --out FILE           also write the cards: .csv .tsv .json .md
      --term-language TAG, --meaning-language TAG                   (default: auto, en)
      --base-url URL, --model NAME    for --generator openai; the key comes from OPENAI_API_KEY
  runs list                all runs, newest first
  runs resume [RUN]        go on with a run (default: the newest unfinished); --retry-failed takes failed rows again
  cards list               all cards; --deck NAME, --run RUN
  trace list               stored traces, newest first; --limit N
  trace show TRACE         one trace as a waterfall (an unambiguous beginning of its id will do)
  trace query Q            what a question finds (docs/query-language.md)
      --signal S           ${QUERY_SIGNALS.join(', ')}             (default: traces)
      --limit N, --since T a time like 30m, 2h, 7d or 2026-01-31T12:00
  trace stats [Q]          count, rate, errors and percentiles; --by ${OPERATION_GROUPS.join(', ')}, --limit, --since
  trace diff A B           two traces, or all that two questions find, by call path; --limit, --since
  trace tail [Q]           new traces as they come, until Ctrl+C
  trace receive            takes OTLP of other programs until Ctrl+C and prints their traces (docs/receiver.md)
      --http PORT, --grpc PORT        (default: 4318 and 4317)
  trace sql STATEMENT      one statement that reads (docs/sql-console.md); --limit N
  trace pin|unpin TRACE    keeps a trace whatever the limits of the store
  trace import FILE...     OTLP (JSON, JSON lines, protobuf), Jaeger, Chrome trace events, Zipkin; also .gz
  trace export TRACE|--query Q --to FILE|-    (- writes to standard output)
      --format F           ${EXPORT_FORMATS.join(', ')}
                           (default: by the file's extension)
      --limit N, --since T of a query; --columns A,B attributes with a column of their own in CSV
  demo                     the bundled sample list in a throw-away data folder
  doctor                   checks the installation and the data folder

Everywhere: --json prints data for programs, --data-dir DIR keeps everything elsewhere (or TRACEDECK_DATA_DIR).
Exit code: 0 all rows are cards or stated, 1 some failed, 2 bad usage or an unreadable file.`;

const COMMON = {
  json: { type: 'boolean' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const GENERATE = {
  deck: { type: 'string' },
  generator: { type: 'string' },
  concurrency: { type: 'string' },
  limit: { type: 'string' },
  out: { type: 'string' },
  'term-language': { type: 'string' },
  'meaning-language': { type: 'string' },
  'base-url': { type: 'string' },
  model: { type: 'string' },
} as const;
const TRACES = {
  query: { type: 'string' },
  to: { type: 'string' },
  format: { type: 'string' },
  signal: { type: 'string' },
  by: { type: 'string' },
  since: { type: 'string' },
  columns: { type: 'string' },
  http: { type: 'string' },
  grpc: { type: 'string' },
} as const;
const CARDS = { deck: { type: 'string' }, run: { type: 'string' } } as const;

/** @throws UsageError with a message for the user */
export function parseCommandLine(args: readonly string[], nowMs = Date.now()): CommandLine {
  // A lenient first look finds the command's words, wherever the options stand.
  const every = { ...COMMON, ...GENERATE, ...TRACES, ...CARDS };
  const { positionals, values } = parseArgs({ args: [...args], options: every, strict: false });
  const [first, second] = positionals;
  if (first === undefined || first === 'help' || values.help === true) {
    return { command: { name: 'help' }, json: false, dataDir: null };
  }
  switch (first) {
    case 'generate':
      return build(args, GENERATE, 1, 1, ([file = ''], values) => ({
        name: 'generate',
        file,
        deck: text(values.deck, '--deck'),
        generator: oneOf(values.generator, GENERATORS, '--generator'),
        termLanguage: text(values['term-language'], '--term-language'),
        meaningLanguage: text(values['meaning-language'], '--meaning-language'),
        concurrency: integer(values.concurrency, '--concurrency', 1, 256),
        limit: integer(values.limit, '--limit', 1, Number.MAX_SAFE_INTEGER),
        out: text(values.out, '--out'),
        baseUrl: text(values['base-url'], '--base-url'),
        model: text(values.model, '--model'),
      }));
    case 'runs':
      if (second === 'list') return build(args, {}, 2, 0, () => ({ name: 'runs list' }));
      if (second === 'resume') {
        const options = { 'retry-failed': { type: 'boolean' } } as const;
        return build(args, options, 2, [0, 1], ([runId], values) => ({
          name: 'runs resume',
          runId: runId ?? null,
          retryFailed: values['retry-failed'] === true,
        }));
      }
      throw unknown('runs', second, ['list', 'resume']);
    case 'trace':
      return parseTrace(args, second, nowMs);
    case 'cards':
      if (second !== 'list') throw unknown('cards', second, ['list']);
      return build(args, CARDS, 2, 0, (_, values) => ({
        name: 'cards list',
        deck: text(values.deck, '--deck'),
        runId: text(values.run, '--run'),
      }));
    case 'doctor':
      return build(args, {}, 1, 0, () => ({ name: 'doctor' }));
    case 'demo':
      return build(args, {}, 1, 0, () => ({ name: 'demo' }));
    default:
      throw new UsageError(`Unknown command '${first}'.`);
  }
}

const LIMIT = { limit: { type: 'string' } } as const;
const SEARCH = { ...LIMIT, since: { type: 'string' } } as const;
const MAX_SQL_ROWS = 10_000;

function parseTrace(args: readonly string[], second: string | undefined, nowMs: number): CommandLine {
  const limited = (values: Values, most: number) => integer(values.limit, '--limit', 1, most);
  const searched = (values: Values, most: number) => ({
    fromMs: timeOf(values.since, nowMs),
    limit: limited(values, most),
  });
  switch (second) {
    case 'list':
      return build(args, LIMIT, 2, 0, (_, values) => ({
        name: 'trace list',
        limit: limited(values, 10_000),
      }));
    case 'show':
      return build(args, {}, 2, 1, ([traceId = '']) => ({ name: 'trace show', traceId: traceIdOf(traceId) }));
    case 'pin':
    case 'unpin':
      return build(args, {}, 2, 1, ([traceId = '']) => ({
        name: 'trace pin',
        traceId: traceIdOf(traceId),
        pinned: second === 'pin',
      }));
    case 'import':
      return build(args, {}, 2, [1, 1000], (files) => ({ name: 'trace import', files }));
    case 'export': {
      const { query, to, format, columns } = TRACES;
      return build(args, { ...SEARCH, query, to, format, columns }, 2, [0, 1], ([traceId], values) => {
        const asked = text(values.query, '--query');
        const target = text(values.to, '--to');
        if (target === null)
          throw new UsageError("'trace export' wants --to FILE, or --to - for standard output.");
        if ((traceId === undefined) === (asked === null))
          throw new UsageError("'trace export' wants a trace's id or --query, one of them.");
        const form = oneOf(values.format, EXPORT_FORMATS, '--format') ?? formatOfPath(target);
        if (form === null) throw new UsageError(`--format is needed: ${target} does not say which it is.`);
        return {
          name: 'trace export',
          traceId: traceId === undefined ? null : traceIdOf(traceId),
          query: asked,
          ...searched(values, 10_000),
          to: target,
          format: form,
          columns:
            text(values.columns, '--columns')
              ?.split(',')
              .map((key) => key.trim()) ?? [],
        };
      });
    }
    case 'query':
      return build(args, { ...SEARCH, signal: TRACES.signal }, 2, 1, ([query = ''], values) => {
        const signal = oneOf(values.signal, QUERY_SIGNALS, '--signal') ?? 'traces';
        return {
          name: 'trace query',
          query,
          signal,
          ...searched(values, signal === 'spans' ? 100_000 : 10_000),
        };
      });
    case 'stats':
      return build(args, { ...SEARCH, by: TRACES.by }, 2, [0, 1], ([query = ''], values) => ({
        name: 'trace stats',
        query,
        by: oneOf(values.by, OPERATION_GROUPS, '--by') ?? 'operation',
        ...searched(values, 5000),
      }));
    case 'diff':
      return build(args, SEARCH, 2, 2, ([a = '', b = ''], values) => ({
        name: 'trace diff',
        a,
        b,
        ...searched(values, 1000),
      }));
    case 'tail':
      return build(args, {}, 2, [0, 1], ([query = '']) => ({ name: 'trace tail', query }));
    case 'receive':
      return build(args, { http: TRACES.http, grpc: TRACES.grpc }, 2, 0, (_, values) => ({
        name: 'trace receive',
        http: integer(values.http, '--http', 1, 65_535),
        grpc: integer(values.grpc, '--grpc', 1, 65_535),
      }));
    case 'sql':
      return build(args, LIMIT, 2, 1, ([sql = ''], values) => {
        if (sql.trim() === '') throw new UsageError("'trace sql' wants a statement.");
        return { name: 'trace sql', sql, limit: limited(values, MAX_SQL_ROWS) };
      });
    default:
      throw unknown('trace', second, TRACE_WORDS);
  }
}

const TRACE_WORDS = [
  'list',
  'show',
  'query',
  'stats',
  'diff',
  'tail',
  'receive',
  'sql',
  'pin',
  'unpin',
  'import',
  'export',
];

function traceIdOf(text: string): string {
  if (/^[0-9a-f]{4,32}$/.test(text)) return text;
  throw new UsageError(`'${text}' is no trace id: 4 to 32 hex digits.`);
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2h` and the like before now, or a date; `null` where none is given. */
function timeOf(value: string | boolean | undefined, nowMs: number): number | null {
  const given = text(value, '--since');
  if (given === null) return null;
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(given) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * UNITS_MS[unit]!;
  const date = /^\d{4}-\d{2}-\d{2}/.test(given) ? Date.parse(given) : NaN;
  if (Number.isFinite(date)) return date;
  throw new UsageError(`--since wants a time like 30m, 2h, 7d or 2026-01-31T12:00, not '${given}'.`);
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** @param words how many words name the command; @param operands how many follow, or the least and the most */
function build(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
  words: number,
  operands: number | readonly [number, number],
  make: (operands: readonly string[], values: Values) => Command,
): CommandLine {
  let parsed: { values: Values; positionals: string[] };
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...COMMON, ...options },
      allowPositionals: true,
    });
    // No option of ours may be repeated, so no value is a list.
    parsed = { values: values as Values, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const given = parsed.positionals.slice(words);
  const [least, most] = typeof operands === 'number' ? [operands, operands] : operands;
  const command = parsed.positionals.slice(0, words).join(' ');
  if (given.length < least)
    throw new UsageError(`'${command}' needs ${least === 1 ? 'one argument' : `${least} arguments`}.`);
  if (given.length > most) throw new UsageError(`'${command}' does not take '${given[most]}'.`);
  return {
    command: make(given, parsed.values),
    json: parsed.values.json === true,
    dataDir: text(parsed.values['data-dir'], '--data-dir'),
  };
}

function unknown(command: string, word: string | undefined, known: readonly string[]): UsageError {
  const list = known.join(' or ');
  return new UsageError(
    word === undefined ? `'${command}' wants ${list}.` : `'${command} ${word}' is unknown: ${list}.`,
  );
}

function text(value: string | boolean | undefined, name: string): string | null {
  if (value === undefined) return null;
  if (typeof value !== 'string' || value.trim() === '') throw new UsageError(`${name} wants a value.`);
  return value;
}

function integer(value: string | boolean | undefined, name: string, min: number, max: number): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (typeof value === 'string' && /^\d+$/.test(value) && number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new UsageError(`${name} wants a whole number ${range}, not '${value}'.`);
}

function oneOf<T extends string>(
  value: string | boolean | undefined,
  known: readonly T[],
  name: string,
): T | null {
  if (value === undefined) return null;
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`${name} is ${known.join(' or ')}, not '${value}'.`);
  return found;
}
