/** Where the user is. A route can be written as a link (`derive/link.ts`), so it holds plain data only. */
import type { Card } from '../../shared/card.ts';
import type { StudyMode } from '../../shared/study.ts';

export const VIEWS = ['generate', 'cards', 'study', 'traces', 'insight', 'logs', 'settings'] as const;

/** Cards are looked for, or gone through one by one before they are part of the deck. */
export const CARDS_MODES = ['browse', 'review'] as const;
export type CardsMode = (typeof CARDS_MODES)[number];

export const CARDS_DIALOGS = ['add', 'import', 'export', 'push'] as const;
export type CardsDialog = (typeof CARDS_DIALOGS)[number];

export const STUDY_TABS = ['study', 'statistics'] as const;
export type StudyTab = (typeof STUDY_TABS)[number];

export const TRACE_VIEWS = ['waterfall', 'flame', 'left-heavy', 'sandwich'] as const;
export type TraceViewKind = (typeof TRACE_VIEWS)[number];

export const INSIGHT_TABS = [
  'operations',
  'map',
  'errors',
  'metrics',
  'cache',
  'tokens',
  'goals',
  'sql',
  'health',
] as const;
export type InsightTab = (typeof INSIGHT_TABS)[number];

/** How the traces that a search finds are shown: as a list, merged into one flame graph, or two sets compared. */
export const TRACES_MODES = ['list', 'runs', 'flame', 'compare'] as const;
export type TracesMode = (typeof TRACES_MODES)[number];

/** In the order in which they stand. */
export const SETTINGS_SECTIONS = [
  'appearance',
  'defaults',
  'models',
  'anthropic',
  'local-model',
  'prices',
  'study',
  'watched',
  'anki',
  'backups',
  'cache',
  'traces',
  'noise',
  'goals',
  'telemetry',
  'exporters',
  'receiver',
  'about',
] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

/** What a search looks at; all of it may be left out. */
export type RouteSearch = {
  readonly query?: string;
  /** Epoch milliseconds. */
  readonly fromMs?: number;
  readonly toMs?: number;
};
/** One side of a comparison: named traces, or what a search finds. */
export type CompareSide = { readonly traceIds?: readonly string[]; readonly search?: RouteSearch };

export type Route =
  /** `prompts`: the templates of both stages. */
  | { readonly view: 'generate'; readonly page?: 'prompts' }
  | {
      readonly view: 'cards';
      readonly mode?: CardsMode;
      readonly deck?: string;
      readonly runId?: string;
      readonly query?: string;
      readonly card?: Card;
      /** What is asked for first. */
      readonly open?: CardsDialog;
      /** What is to be imported: dropped on the window. */
      readonly file?: string;
    }
  | { readonly view: 'study'; readonly tab?: StudyTab; readonly deck?: string; readonly mode?: StudyMode }
  /** The search for traces. */
  | ({
      readonly view: 'traces';
      readonly traceId?: undefined;
      readonly mode?: TracesMode;
      readonly a?: CompareSide;
      readonly b?: CompareSide;
    } & RouteSearch)
  /** One trace, or several on one time axis; `window` in milliseconds after the first start. */
  | {
      readonly view: 'traces';
      readonly traceId: string;
      readonly beside?: readonly string[];
      readonly show?: TraceViewKind;
      readonly spanId?: string;
      readonly find?: string;
      readonly window?: { readonly fromMs: number; readonly toMs: number };
    }
  | ({
      readonly view: 'insight';
      readonly tab?: InsightTab;
      readonly metric?: string;
      /** A span whose records are marked among those of the metric. */
      readonly example?: { readonly traceId: string; readonly spanId: string };
    } & RouteSearch)
  | ({ readonly view: 'logs'; readonly traceId?: string } & RouteSearch)
  /** `section`: what to go to in it. */
  | { readonly view: 'settings'; readonly section?: SettingsSection };
