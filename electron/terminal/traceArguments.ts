/** `trace …` as data. */
import { EXPORT_FORMATS, OPERATION_GROUPS, SPAN_ORDERS, TRACE_ORDERS } from '../../shared/traceQuery.ts';
import type { ExportFormat, TraceOrder } from '../../shared/traceQuery.ts';
import { MEASURES, type Measure } from '../../shared/analysis/measures.ts';
import { formatOfPath } from '../traceFiles/traceWriter.ts';
import { build, integer, oneOf, text, unknown, UsageError } from './commandArguments.ts';
import type { ParsedCommand, Values } from './commandArguments.ts';

export const QUERY_SIGNALS = ['traces', 'spans', 'logs'] as const;
const ORDERS_OF = { traces: TRACE_ORDERS, spans: SPAN_ORDERS, logs: ['newest'] } as const;
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
      /** The log records of the traces as well. */
      readonly withLogs: boolean;
      /** Metric points of their time and services as well. */
      readonly withMetrics: boolean;
    }
  | {
      readonly name: 'trace query';
      readonly query: string;
      readonly signal: (typeof QUERY_SIGNALS)[number];
      /** Of spans one of theirs; log records stand by time. */
      readonly order: TraceOrder;
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
      /** What paths are compared by. */
      readonly by: Measure;
      /** Brings clocks of services together where they differ. */
      readonly adjustClocks: boolean;
      /** What the noise rules of the settings hide as well. */
      readonly showsNoise: boolean;
      readonly fromMs: number | null;
      readonly limit: number | null;
    }
  | { readonly name: 'trace goals' }
  | { readonly name: 'trace tail'; readonly query: string }
  | {
      readonly name: 'trace receive';
      /** Ports; `null` for none, both `null` for the usual ones. */
      readonly http: number | null;
      readonly grpc: number | null;
    }
  | { readonly name: 'trace sql'; readonly sql: string; readonly limit: number | null }
  | { readonly name: 'trace pin'; readonly traceId: string; readonly pinned: boolean };
export type TraceCommandOf<Name extends TraceCommand['name']> = Extract<
  TraceCommand,
  { readonly name: Name }
>;

export const TRACE_OPTIONS = {
  query: { type: 'string' },
  to: { type: 'string' },
  format: { type: 'string' },
  signal: { type: 'string' },
  sort: { type: 'string' },
  by: { type: 'string' },
  since: { type: 'string' },
  columns: { type: 'string' },
  with: { type: 'string' },
  metrics: { type: 'boolean' },
  'adjust-clocks': { type: 'boolean' },
  noise: { type: 'boolean' },
  http: { type: 'string' },
  grpc: { type: 'string' },
} as const;
const LIMIT = { limit: { type: 'string' } } as const;
const SEARCH = { ...LIMIT, since: { type: 'string' } } as const;
const MAX_SQL_ROWS = 10_000;

export function parseTrace(
  args: readonly string[],
  second: string | undefined,
  nowMs: number,
): ParsedCommand<TraceCommand> {
  const limited = (values: Values, most: number) => integer(values.limit, '--limit', 1, most);
  const searched = (values: Values, most: number) => ({
    fromMs: timeOf(values.since, nowMs),
    limit: limited(values, most),
  });
  switch (second) {
    case 'list':
      return build<TraceCommand>(args, LIMIT, 2, 0, (_, values) => ({
        name: 'trace list',
        limit: limited(values, 10_000),
      }));
    case 'show':
      return build<TraceCommand>(args, {}, 2, 1, ([traceId = '']) => ({
        name: 'trace show',
        traceId: traceIdOf(traceId),
      }));
    case 'pin':
    case 'unpin':
      return build<TraceCommand>(args, {}, 2, 1, ([traceId = '']) => ({
        name: 'trace pin',
        traceId: traceIdOf(traceId),
        pinned: second === 'pin',
      }));
    case 'import':
      return build<TraceCommand>(args, {}, 2, [1, 1000], (files) => ({ name: 'trace import', files }));
    case 'export': {
      const { query, to, format, columns, with: along, metrics } = TRACE_OPTIONS;
      return build<TraceCommand>(
        args,
        { ...SEARCH, query, to, format, columns, with: along, metrics },
        2,
        [0, 1],
        ([traceId], values) => {
          const asked = typeof values.query === 'string' ? values.query : null;
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
            ...searched(values, form === 'csv' ? 100_000 : 10_000),
            to: target,
            format: form,
            withLogs: oneOf(values.with, ['logs'] as const, '--with') !== null,
            withMetrics: values.metrics === true,
            columns:
              text(values.columns, '--columns')
                ?.split(',')
                .map((key) => key.trim()) ?? [],
          };
        },
      );
    }
    case 'query':
      return build<TraceCommand>(
        args,
        { ...SEARCH, signal: TRACE_OPTIONS.signal, sort: TRACE_OPTIONS.sort },
        2,
        1,
        ([query = ''], values) => {
          const signal = oneOf(values.signal, QUERY_SIGNALS, '--signal') ?? 'traces';
          return {
            name: 'trace query',
            query,
            signal,
            order: oneOf(values.sort, ORDERS_OF[signal], '--sort') ?? 'newest',
            ...searched(values, signal === 'spans' ? 100_000 : 10_000),
          };
        },
      );
    case 'stats':
      return build<TraceCommand>(
        args,
        { ...SEARCH, by: TRACE_OPTIONS.by },
        2,
        [0, 1],
        ([query = ''], values) => ({
          name: 'trace stats',
          query,
          by: oneOf(values.by, OPERATION_GROUPS, '--by') ?? 'operation',
          ...searched(values, 5000),
        }),
      );
    case 'diff': {
      const { by, noise, 'adjust-clocks': adjustClocks } = TRACE_OPTIONS;
      const options = { ...SEARCH, by, noise, 'adjust-clocks': adjustClocks };
      return build<TraceCommand>(args, options, 2, 2, ([a = '', b = ''], values) => ({
        name: 'trace diff',
        a,
        b,
        by: oneOf(values.by, MEASURES, '--by') ?? 'wall',
        adjustClocks: values['adjust-clocks'] === true,
        showsNoise: values.noise === true,
        ...searched(values, 1000),
      }));
    }
    case 'goals':
      return build<TraceCommand>(args, {}, 2, 0, () => ({ name: 'trace goals' }));
    case 'tail':
      return build<TraceCommand>(args, {}, 2, [0, 1], ([query = '']) => ({ name: 'trace tail', query }));
    case 'receive':
      return build<TraceCommand>(
        args,
        { http: TRACE_OPTIONS.http, grpc: TRACE_OPTIONS.grpc },
        2,
        0,
        (_, values) => {
          const http = integer(values.http, '--http', 1, 65_535);
          const grpc = integer(values.grpc, '--grpc', 1, 65_535);
          if (http !== null && http === grpc) throw new UsageError('--http and --grpc want two ports.');
          return { name: 'trace receive', http, grpc };
        },
      );
    case 'sql':
      return build<TraceCommand>(args, LIMIT, 2, 1, ([sql = ''], values) => {
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
  'goals',
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
  if (/^[0-9a-f]{4,32}$/i.test(text)) return text.toLowerCase();
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
