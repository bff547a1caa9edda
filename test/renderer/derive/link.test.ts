import { describe, expect, it } from 'vitest';
import { linkOf, routeOf } from '../../../renderer/derive/link.ts';
import type { Route } from '../../../renderer/store/route.ts';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);

const ROUTES: readonly Route[] = [
  { view: 'generate' },
  { view: 'generate', page: 'prompts' },
  { view: 'settings' },
  { view: 'settings', section: 'backups' },
  { view: 'cards' },
  { view: 'cards', deck: '한국어 & more', runId: 'r1' },
  { view: 'cards', mode: 'review', runId: 'r1' },
  { view: 'cards', deck: 'Languages::日本語', query: 'tag:"a b" -is:due', open: 'export' },
  { view: 'study' },
  { view: 'study', tab: 'statistics', deck: 'A::B' },
  { view: 'study', mode: 'cram', deck: 'A::B' },
  { view: 'traces' },
  { view: 'traces', mode: 'flame', query: 'name = "stage write" && duration > 1s', fromMs: 0, toMs: 17.5 },
  { view: 'traces', mode: 'compare', a: { traceIds: [A] }, b: { search: { query: 'version = "2"' } } },
  { view: 'traces', traceId: A },
  {
    view: 'traces',
    traceId: A,
    beside: [B],
    show: 'sandwich',
    spanId: '0123456789abcdef',
    find: 'a?b#c',
    window: { fromMs: -1, toMs: 2.25 },
  },
  { view: 'insight' },
  { view: 'insight', tab: 'metrics', metric: 'db.client.operation.duration', query: 'x' },
  {
    view: 'insight',
    tab: 'metrics',
    metric: 'tracedeck.items',
    example: { traceId: '1'.repeat(32), spanId: '2'.repeat(16) },
    fromMs: 5,
    toMs: 9,
  },
  { view: 'logs', traceId: B, query: 'level >= warn' },
];

describe('linkOf and routeOf', () => {
  it.each(ROUTES.map((route) => [linkOf(route), route] as const))(
    '%s leads back to its route',
    (link, route) => {
      expect(routeOf(link)).toEqual(route);
    },
  );

  it('leaves out the card that is looked at', () => {
    const card = { front: 'private' } as never;
    expect(linkOf({ view: 'cards', card })).toBe('tracedeck://cards');
  });

  it('leaves out the file that is to be imported, and takes none from a link', () => {
    const file = '/home/me/private.apkg';
    expect(linkOf({ view: 'cards', open: 'import', file })).toBe('tracedeck://cards?open=import');
    expect(routeOf(`tracedeck://cards?open=import&file=${file}`)).toEqual({ view: 'cards', open: 'import' });
  });

  it.each(['', 'x', 'https://traces/', 'tracedeck://nowhere', 'tracedeck://traces/short', 'tracedeck:'])(
    '%j leads nowhere',
    (link) => {
      expect(routeOf(link)).toBeNull();
    },
  );

  it('leaves out what makes no sense and keeps the rest', () => {
    expect(routeOf(`tracedeck://traces/${A}?show=cake&span=zz&from=5&to=5&beside=x,${B}`)).toEqual({
      view: 'traces',
      traceId: A,
      beside: [B],
    });
    expect(routeOf('tracedeck://insight/cake?from=now')).toEqual({ view: 'insight' });
    expect(routeOf('tracedeck://insight?trace=1&span=2')).toEqual({ view: 'insight' });
    expect(routeOf('tracedeck://study/cake?mode=cake&deck=D')).toEqual({ view: 'study', deck: 'D' });
    expect(routeOf('tracedeck://cards/cake?open=cake')).toEqual({ view: 'cards' });
    expect(routeOf('tracedeck://generate/cake')).toEqual({ view: 'generate' });
    expect(routeOf('tracedeck://settings/cake')).toEqual({ view: 'settings' });
  });
});
