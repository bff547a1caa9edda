/** The two sides of a comparison: what they are called, and ready pairs of them. */
import type { FieldCatalog, FoundTrace, OperationStats } from '../../shared/traceQuery.ts';
import { ATTR } from '../../shared/span.ts';
import { formatText } from '../../shared/query/literals.ts';
import type { CompareSide, RouteSearch } from '../store/route.ts';
import { formatWhen } from './clock.ts';

/** In a word or two: a trace's name, a version, a query. */
export function sideName(side: CompareSide | undefined, known: readonly FoundTrace[]): string {
  if (side === undefined) return 'nothing yet';
  const { traceIds = [], search } = side;
  if (traceIds.length === 1) {
    const [traceId = ''] = traceIds;
    const trace = known.find((each) => each.traceId === traceId);
    return `${trace?.name ?? 'trace'} ${traceId.slice(0, 8)}`;
  }
  if (traceIds.length > 1) return `${traceIds.length} traces`;
  const query = search?.query ?? '';
  const short = /^([\w.]+) = "([^"]{1,40})"$/.exec(query);
  if (short !== null) return `${short[1]!.replace(/^.*\./, '')} ${short[2]}`;
  const version = /^service = "([^"]+)" and version = "([^"]+)"$/.exec(query);
  if (version !== null) return `${version[1]} ${version[2]}`;
  return query === '' ? rangeName(search) : query;
}

function rangeName({ fromMs, toMs }: RouteSearch = {}): string {
  if (fromMs === undefined && toMs === undefined) return 'all traces';
  if (toMs === undefined) return `since ${formatWhen(fromMs!)}`;
  return fromMs === undefined ? `until ${formatWhen(toMs)}` : `${formatWhen(fromMs)} – ${formatWhen(toMs)}`;
}

export type SidePair = {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly a: CompareSide;
  readonly b: CompareSide;
};

const HOUR_MS = 3_600_000;

/** Pairs that are often asked for, as far as the store has something of both sides. */
export function sidePairs(
  versions: readonly OperationStats[],
  catalog: FieldCatalog | null,
  nowMs: number,
): readonly SidePair[] {
  const pairs: SidePair[] = [];
  const byService = new Map<string, string[]>();
  for (const { service, version } of versions) {
    if (version === null) continue;
    const known = byService.get(service) ?? [];
    if (!known.includes(version)) byService.set(service, [...known, version]);
  }
  for (const [service, found] of byService) {
    const [a, b] = found.sort(compareVersions).slice(-2);
    if (a === undefined || b === undefined) continue;
    const of = (version: string): CompareSide => ({
      search: { query: `service = ${formatText(service)} and version = ${formatText(version)}` },
    });
    pairs.push({
      id: `version ${service}`,
      label: `${service} ${a} → ${b}`,
      note: 'two versions',
      a: of(a),
      b: of(b),
    });
  }
  const valuesOf = (key: string) => catalog?.attributes.find((each) => each.key === key)?.values ?? [];
  const [promptA, promptB] = valuesOf(ATTR.promptVersion).toSorted(compareVersions).slice(-2);
  if (promptA !== undefined && promptB !== undefined) {
    const of = (version: string): CompareSide => ({
      search: { query: `${ATTR.promptVersion} = ${formatText(version)}` },
    });
    pairs.push({
      id: 'prompt',
      label: `Prompt ${promptA} → ${promptB}`,
      note: 'two prompt versions',
      a: of(promptA),
      b: of(promptB),
    });
  }
  const outcomes = new Set(valuesOf(ATTR.cacheOutcome));
  if (outcomes.has('hit') && outcomes.has('miss')) {
    const hit = `{ ${ATTR.cacheOutcome} = "hit" }`;
    pairs.push({
      id: 'cache',
      label: 'Cache: nothing known → something known',
      note: 'traces that only missed, and those with a hit',
      a: { search: { query: `{ ${ATTR.cacheOutcome} = "miss" } and not ${hit}` } },
      b: { search: { query: hit } },
    });
  }
  pairs.push(
    {
      id: 'hour',
      label: 'The hour before → the last hour',
      note: 'two stretches of time',
      a: { search: { fromMs: nowMs - 2 * HOUR_MS, toMs: nowMs - HOUR_MS } },
      b: { search: { fromMs: nowMs - HOUR_MS } },
    },
    {
      id: 'errors',
      label: 'Without errors → with errors',
      note: 'what failing traces do otherwise',
      a: { search: { query: 'trace.errors = 0' } },
      b: { search: { query: 'trace.errors > 0' } },
    },
  );
  return pairs;
}

/** `1.10` after `1.9`. */
function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
