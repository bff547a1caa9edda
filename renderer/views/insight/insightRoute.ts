import { getState } from '../../store/index.ts';
import type { InsightTab, Route, RouteSearch } from '../../store/route.ts';
import type { AskedSearch, RangePreset } from '../../store/searchSlice.ts';
import { formatText } from '../../../shared/query/literals.ts';

export type InsightRoute = Extract<Route, { view: 'insight' }>;

/** Shows this view otherwise; `undefined` takes a part away. The focus stays where it is. */
export function goToInsight(change: {
  readonly [K in keyof InsightRoute]?: InsightRoute[K] | undefined;
}): void {
  const { route, placeChanged } = getState();
  const now: Partial<InsightRoute> = route.view === 'insight' ? route : {};
  const next = Object.entries({ ...now, ...change, view: 'insight' }).filter(
    ([, value]) => value !== undefined,
  );
  placeChanged(Object.fromEntries(next) as unknown as Route);
}

export const openTab = (tab: InsightTab, search: RouteSearch = {}) => goToInsight({ tab, ...search });

/** A length of time that ends now moves along with it. */
export function searchNow(search: AskedSearch, preset: RangePreset | null, nowMs = Date.now()): AskedSearch {
  const isMoving = preset !== null && search.toMs === null && search.fromMs === preset.fromMs;
  return isMoving ? { ...search, fromMs: nowMs - preset.lengthMs } : search;
}

/** Brings the grammar along: loaded when it is first needed. */
const language = () => import('../../../shared/query/index.ts');

/** Fields that are equal to a text; `true` for a condition of one word (`error`). */
export type Conditions = Readonly<Record<string, string | boolean>>;

export const conditionText = (conditions: Conditions): string =>
  Object.entries(conditions)
    .filter(([, value]) => value !== false)
    .map(([field, value]) => (typeof value === 'string' ? `${field} = ${formatText(value)}` : field))
    .join(' and ');

/** The search for the traces that this view looks at and that meet these conditions as well. */
export async function openTraces(conditions: string | Conditions): Promise<void> {
  const { route } = getState();
  const { query, fromMs, toMs }: RouteSearch = route.view === 'insight' ? route : {};
  const { narrowQuery } = await language();
  getState().navigated({
    view: 'traces',
    query: narrowQuery(query ?? '', typeof conditions === 'string' ? conditions : conditionText(conditions)),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  });
}

/** The operations of a service. */
export async function openOperations(service: string): Promise<void> {
  const { route } = getState();
  const { narrowQuery } = await language();
  const query = route.view === 'insight' ? (route.query ?? '') : '';
  goToInsight({ tab: 'operations', query: narrowQuery(query, conditionText({ service })) });
}

/** The traces with spans by which a goal is missed, in the goal's time. */
export async function openGoalTraces(query: string, offenders: string, fromMs: number): Promise<void> {
  const { narrowQuery } = await language();
  getState().navigated({ view: 'traces', query: narrowQuery(query, offenders), fromMs });
}
