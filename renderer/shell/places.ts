/** What the places of the program are called: the rail's, in the order of their keys, and those inside them. */
import type { InsightTab, Route, SettingsSection, TracesMode, TraceViewKind } from '../store/route.ts';
import type { IconName } from '../ui/Icon.tsx';

export const PLACES: readonly { route: Route; label: string; icon: IconName }[] = [
  { route: { view: 'generate' }, label: 'Generate', icon: 'generate' },
  { route: { view: 'cards' }, label: 'Cards', icon: 'cards' },
  { route: { view: 'study' }, label: 'Study', icon: 'study' },
  { route: { view: 'traces' }, label: 'Traces', icon: 'traces' },
  { route: { view: 'insight' }, label: 'Insight', icon: 'chart' },
  { route: { view: 'logs' }, label: 'Logs', icon: 'logs' },
  { route: { view: 'settings' }, label: 'Settings', icon: 'settings' },
];

export const MODE_NAMES: Readonly<Record<TracesMode, string>> = {
  list: 'List',
  runs: 'Runs',
  flame: 'Merged flame graph',
  compare: 'Compare',
};
export const TAB_NAMES: Readonly<Record<InsightTab, string>> = {
  operations: 'Operations',
  map: 'Service map',
  errors: 'Errors',
  metrics: 'Metrics',
  cache: 'Cache',
  tokens: 'Tokens',
  goals: 'Goals',
  sql: 'SQL',
  health: 'Health',
};
export const TRACE_VIEW_NAMES: Readonly<Record<TraceViewKind, string>> = {
  waterfall: 'waterfall',
  flame: 'flame graph',
  'left-heavy': 'left-heavy flame graph',
  sandwich: 'sandwich',
};

export const SECTION_NAMES: Readonly<Record<SettingsSection, string>> = {
  appearance: 'Appearance',
  defaults: 'New runs',
  models: 'Model server',
  anthropic: 'Anthropic',
  'local-model': 'Local model',
  prices: 'Prices',
  study: 'Study',
  watched: 'Watched folders',
  anki: 'Anki',
  backups: 'Backups',
  cache: 'Cache',
  traces: 'Traces',
  noise: 'Noise',
  goals: 'Goals',
  telemetry: 'Telemetry',
  exporters: 'Exporters',
  receiver: 'Receiver',
  about: 'About',
};

/** A place in a few words. `traceName`: what is known of a trace by its id. */
export function placeName(route: Route, traceName: (traceId: string) => string | undefined): string {
  const label = PLACES.find((place) => place.route.view === route.view)?.label ?? '';
  const told = (...parts: readonly (string | undefined)[]) =>
    [label, ...parts].filter((part) => part !== undefined && part !== '').join(' · ');
  const trace = (traceId: string) => [traceName(traceId), traceId.slice(0, 8)].filter(Boolean).join(' ');
  switch (route.view) {
    case 'generate':
      return told(route.page && 'Prompts');
    case 'cards':
      return told(
        route.mode === 'review' ? 'Review' : undefined,
        route.deck,
        route.query,
        route.runId === undefined ? undefined : 'of one run',
      );
    case 'study':
      return told(route.tab === 'statistics' ? 'Statistics' : undefined, route.deck);
    case 'traces':
      if (route.traceId === undefined) return told(route.mode && MODE_NAMES[route.mode], route.query);
      if (route.beside !== undefined && route.beside.length > 0)
        return told(`${route.beside.length + 1} side by side`);
      return told(trace(route.traceId), route.show && TRACE_VIEW_NAMES[route.show]);
    case 'insight':
      return told(route.tab && TAB_NAMES[route.tab], route.metric, route.query);
    case 'logs':
      return told(route.traceId && trace(route.traceId), route.query);
    case 'settings':
      return told(route.section && SECTION_NAMES[route.section]);
  }
}
