import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../shared/query/index.ts';
import { edgeCondition, nodeCondition } from '../../../renderer/views/insight/mapActions.ts';
import { layoutMap, NODE_HEIGHT, NODE_WIDTH } from '../../../renderer/views/insight/mapLayout.ts';
import { conditionText } from '../../../renderer/views/insight/insightRoute.ts';
import type { Conditions } from '../../../renderer/views/insight/insightRoute.ts';
import { narrowQuery } from '../../../shared/query/narrow.ts';
import { SERVICE_MAP } from './fakeInsight.ts';

const narrowed = (query: string, conditions: Conditions) => narrowQuery(query, conditionText(conditions));
const nodes = (...ids: string[]) => ids.map((id) => ({ id }));
const edges = (...pairs: string[]) => pairs.map((pair) => ({ from: pair[0]!, to: pair[1]! }));
const xOf = (layout: ReturnType<typeof layoutMap>) =>
  Object.fromEntries(layout.nodes.map(({ node, x }) => [node.id, x]));

describe('the layout of the service map', () => {
  it('puts callers left of what they call, by the longest way', () => {
    const x = xOf(layoutMap(nodes('a', 'b', 'c', 'd'), edges('ab', 'bc', 'ac', 'cd')));
    expect(x['a']!).toBeLessThan(x['b']!);
    expect(x['b']!).toBeLessThan(x['c']!);
    expect(x['c']!).toBeLessThan(x['d']!);
  });
  it('ends for circles and calls of oneself, and leads them back below everything', () => {
    const layout = layoutMap(nodes('a', 'b', 'c'), edges('ab', 'bc', 'ca', 'bb'));
    const x = xOf(layout);
    expect(x['a']!).toBeLessThan(x['b']!);
    const lowest = Math.max(...layout.nodes.map(({ y }) => y + NODE_HEIGHT));
    const back = layout.edges.filter(({ edge }) => ['ca', 'bb'].includes(`${edge.from}${edge.to}`));
    expect(back).toHaveLength(2);
    for (const { labelY } of back) expect(labelY).toBeGreaterThan(lowest);
    for (const { labelY } of back) expect(labelY).toBeLessThan(layout.height);
  });
  it('lets no two nodes overlap and keeps all of them within the picture', () => {
    const { nodes: placed, width, height } = layoutMap(SERVICE_MAP.nodes, SERVICE_MAP.edges);
    expect(placed).toHaveLength(SERVICE_MAP.nodes.length);
    for (const [index, a] of placed.entries()) {
      expect(a.x + NODE_WIDTH).toBeLessThanOrEqual(width);
      expect(a.y + NODE_HEIGHT).toBeLessThanOrEqual(height);
      for (const b of placed.slice(index + 1)) {
        expect(Math.abs(a.x - b.x) >= NODE_WIDTH || Math.abs(a.y - b.y) >= NODE_HEIGHT).toBe(true);
      }
    }
  });
  it('writes no two figures over each other, and each beside the nodes', () => {
    const callers = layoutMap(nodes('a', 'b', 'c', 'z'), edges('az', 'bz', 'cz'));
    const crossing = layoutMap(nodes('a', 'b', 'c', 'd'), edges('ac', 'ad', 'bc', 'bd'));
    const further = layoutMap(nodes('a', 'b', 'c', 'd'), edges('ab', 'bc', 'cd', 'ad', 'ac', 'bd'));
    for (const { nodes: placed, edges: lines } of [callers, crossing, further]) {
      for (const [at, one] of lines.entries()) {
        for (const { x } of placed) {
          expect(one.labelX <= x || one.labelX >= x + NODE_WIDTH).toBe(true);
        }
        for (const other of lines.slice(at + 1)) {
          const isApart =
            Math.abs(one.labelX - other.labelX) >= 60 || Math.abs(one.labelY - other.labelY) >= 12;
          expect([one.edge, other.edge, isApart]).toEqual([one.edge, other.edge, true]);
        }
      }
    }
  });
  it('leaves out lines to what is not there', () => {
    expect(layoutMap(nodes('a'), edges('ax')).edges).toEqual([]);
    expect(layoutMap([], []).nodes).toEqual([]);
  });
  it('is laid out in time for a hundred services', () => {
    const ids = Array.from({ length: 100 }, (_, at) => ({ id: `s${at}` }));
    const many = ids.flatMap(({ id }, at) =>
      [1, 2, 3].map((step) => ({ from: id, to: `s${(at * step + 7) % 100}` })),
    );
    expect(layoutMap(ids, many).nodes).toHaveLength(100);
  });
});

describe('narrowing a query', () => {
  it('adds conditions, and none twice', () => {
    const once = narrowed('duration > 10ms', { service: 'shop', name: 'GET /x "y"', error: false });
    expect(once).toBe('duration > 10ms and service = "shop" and name = "GET /x \\"y\\""');
    expect(narrowed(once, { service: 'shop' })).toBe(once);
  });
  it('keeps either-or together and structure as it is', () => {
    expect(narrowed('a = 1 or b = 2', { error: true })).toBe('(a = 1 or b = 2) and error = true');
    expect(parseQuery(narrowed('{ name = a } >> { name = b }', { service: 'x' })).ok).toBe(true);
    expect(narrowed('', { service: 'x' })).toBe('service = "x"');
  });
  it('takes the new conditions alone where the query cannot be read', () => {
    expect(narrowed('duration >', { service: 'x' })).toBe('service = "x"');
  });
});

describe('what nodes and lines of the map lead to', () => {
  it('are queries that can be read, for every kind', () => {
    for (const node of SERVICE_MAP.nodes)
      expect(parseQuery(nodeCondition(node)).ok, nodeCondition(node)).toBe(true);
    for (const edge of SERVICE_MAP.edges) {
      const query = edgeCondition(edge, SERVICE_MAP);
      expect(parseQuery(query).ok, query).toBe(true);
    }
  });
  it('take a database by its system and namespace, a call between services by structure', () => {
    const [, , , database] = SERVICE_MAP.nodes;
    expect(nodeCondition(database!)).toBe(
      'db.system.name = "sqlite" and (db.namespace = "deck" or server.address = "deck")',
    );
    expect(edgeCondition(SERVICE_MAP.edges[0]!, SERVICE_MAP)).toBe(
      '{ service = "tracedeck" } > { service = "dictionary" }',
    );
  });
});
