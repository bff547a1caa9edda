/**
 * Routes as links, so that a place can be kept, sent and opened again: `tracedeck://traces/<id>?show=flame&span=…`.
 * A link comes from anywhere: what it says is checked piece by piece, and what makes no sense is left out.
 */
import { STUDY_MODES } from '../../shared/studyModes.ts';
import {
  CARDS_DIALOGS,
  CARDS_MODES,
  INSIGHT_TABS,
  SETTINGS_SECTIONS,
  STUDY_TABS,
  TRACE_VIEWS,
  TRACES_MODES,
} from '../store/route.ts';
import type { CompareSide, Route, RouteSearch } from '../store/route.ts';

const LINK_SCHEME = 'tracedeck:';
const MAX_QUERY = 4000;
const MAX_BESIDE = 16;

/** A card that is looked at stays out of it: its text is the user's. */
export function linkOf(route: Route): string {
  const params = new URLSearchParams();
  const set = (name: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') params.set(name, String(value));
  };
  const search = ({ query, fromMs, toMs }: RouteSearch, prefix = '') => {
    set(`${prefix}q`, query);
    set(`${prefix}from`, fromMs);
    set(`${prefix}to`, toMs);
  };
  const side = (name: 'a' | 'b', of: CompareSide | undefined) => {
    set(`${name}.traces`, of?.traceIds?.join(','));
    search(of?.search ?? {}, `${name}.`);
  };
  let path: string = route.view;
  switch (route.view) {
    case 'generate':
      if (route.page !== undefined) path += `/${route.page}`;
      break;
    case 'settings':
      if (route.section !== undefined) path += `/${route.section}`;
      break;
    case 'cards':
      if (route.mode !== undefined) path += `/${route.mode}`;
      set('deck', route.deck);
      set('run', route.runId);
      set('q', route.query);
      set('open', route.open);
      break;
    case 'study':
      if (route.tab !== undefined) path += `/${route.tab}`;
      set('deck', route.deck);
      set('mode', route.mode);
      break;
    case 'traces':
      if (route.traceId === undefined) {
        set('mode', route.mode);
        search(route);
        side('a', route.a);
        side('b', route.b);
      } else {
        path += `/${route.traceId}`;
        set('beside', route.beside?.join(','));
        set('show', route.show);
        set('span', route.spanId);
        set('find', route.find);
        set('from', route.window?.fromMs);
        set('to', route.window?.toMs);
      }
      break;
    case 'insight':
      if (route.tab !== undefined) path += `/${route.tab}`;
      set('metric', route.metric);
      set('trace', route.example?.traceId);
      set('span', route.example?.spanId);
      search(route);
      break;
    case 'logs':
      set('trace', route.traceId);
      search(route);
      break;
  }
  const query = params.toString();
  return `${LINK_SCHEME}//${path}${query === '' ? '' : `?${query}`}`;
}

/** `null` for what is no link of ours, or leads nowhere. */
export function routeOf(link: string): Route | null {
  let url: URL;
  try {
    url = new URL(link);
  } catch {
    return null;
  }
  if (url.protocol !== LINK_SCHEME) return null;
  // The place is the host; a browser that does not know the scheme leaves everything in the path.
  const [view = '', place = ''] = `${url.host}${url.pathname}`.split('/').filter((part) => part !== '');
  const { searchParams: params } = url;
  const text = (name: string) => params.get(name)?.slice(0, MAX_QUERY) || undefined;
  const number = (name: string) => {
    const value = Number(params.get(name) ?? 'none');
    return Number.isFinite(value) ? value : undefined;
  };
  const search = (prefix = ''): RouteSearch =>
    defined({ query: text(`${prefix}q`), fromMs: number(`${prefix}from`), toMs: number(`${prefix}to`) });
  const ids = (name: string) =>
    text(name)
      ?.split(',')
      .filter((id) => TRACE_ID.test(id))
      .slice(0, MAX_BESIDE);
  const side = (name: 'a' | 'b'): CompareSide | undefined => {
    const traceIds = ids(`${name}.traces`);
    if (traceIds !== undefined && traceIds.length > 0) return { traceIds };
    const asked = search(`${name}.`);
    return Object.keys(asked).length === 0 ? undefined : { search: asked };
  };

  switch (view) {
    case 'generate':
      return defined({ view, page: oneOf(['prompts'] as const, place) });
    case 'settings':
      return defined({ view, section: oneOf(SETTINGS_SECTIONS, place) });
    case 'cards':
      return defined({
        view,
        mode: oneOf(CARDS_MODES, place),
        deck: text('deck'),
        runId: text('run'),
        query: text('q'),
        open: oneOf(CARDS_DIALOGS, text('open')),
      });
    case 'study':
      return defined({
        view,
        tab: oneOf(STUDY_TABS, place),
        deck: text('deck'),
        mode: oneOf(STUDY_MODES, text('mode')),
      });
    case 'traces': {
      if (place === '') {
        const mode = oneOf(TRACES_MODES, text('mode'));
        return defined({ view, mode, ...search(), a: side('a'), b: side('b') });
      }
      if (!TRACE_ID.test(place)) return null;
      const fromMs = number('from');
      const toMs = number('to');
      const spanId = text('span');
      return defined({
        view,
        traceId: place,
        beside: ids('beside'),
        show: oneOf(TRACE_VIEWS, text('show')),
        spanId: spanId !== undefined && SPAN_ID.test(spanId) ? spanId : undefined,
        find: text('find'),
        window: fromMs !== undefined && toMs !== undefined && toMs > fromMs ? { fromMs, toMs } : undefined,
      });
    }
    case 'insight': {
      const traceId = text('trace') ?? '';
      const spanId = text('span') ?? '';
      return defined({
        view,
        tab: oneOf(INSIGHT_TABS, place),
        metric: text('metric'),
        example: TRACE_ID.test(traceId) && SPAN_ID.test(spanId) ? { traceId, spanId } : undefined,
        ...search(),
      });
    }
    case 'logs': {
      const traceId = text('trace');
      return defined({
        view,
        traceId: traceId !== undefined && TRACE_ID.test(traceId) ? traceId : undefined,
        ...search(),
      });
    }
    default:
      return null;
  }
}

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

function oneOf<T extends string>(known: readonly T[], value: string | undefined): T | undefined {
  return known.find((candidate) => candidate === value);
}

/** The same without what is undefined: an optional property is there or not. */
function defined<T extends object>(of: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
