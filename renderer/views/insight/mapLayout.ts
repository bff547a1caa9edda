/**
 * A layered picture of a graph: nodes in ranks from left to right, callers before what they call. Ranks by the longest
 * way from a source, circles cut where a walk in depth first comes back; then a few sweeps put each node at the mean
 * place of its neighbours (the barycentre heuristic of Sugiyama, Tagawa, Toda 1981).
 */
export type MapNode = { readonly id: string };
export type MapEdge = { readonly from: string; readonly to: string };
export type PlacedNode<N> = { readonly node: N; readonly x: number; readonly y: number };
export type PlacedEdge<E> = {
  readonly edge: E;
  /** As SVG writes it. */
  readonly path: string;
  /** The middle of what is written on the line. */
  readonly labelX: number;
  readonly labelY: number;
};
export type MapLayout<N, E> = {
  readonly nodes: readonly PlacedNode<N>[];
  readonly edges: readonly PlacedEdge<E>[];
  readonly width: number;
  readonly height: number;
};
export const NODE_WIDTH = 196;
export const NODE_HEIGHT = 58;
const GAP_X = 120;
const GAP_Y = 26;
const PAD = 24;
/** Ends of lines at one side of a node stand so far apart, where there is room. */
const PORT_GAP = 13;
const LANE_GAP = 14;
/** Room for the bends of lines that lead back. */
const BEND = 44;
const SWEEPS = 6;
const LABEL_WIDTH = 64;
const LABEL_HEIGHT = 12;
/** How far before a line's end and below it its label may stand, the best place first: between nodes, behind none. */
const LABEL_PLACES = [
  [42, 0],
  [84, 0],
  [42, LABEL_HEIGHT],
  [42, -LABEL_HEIGHT],
  [84, LABEL_HEIGHT],
  [84, -LABEL_HEIGHT],
] as const;

export function layoutMap<N extends MapNode, E extends MapEdge>(
  nodes: readonly N[],
  edges: readonly E[],
): MapLayout<N, E> {
  const known = new Set(nodes.map(({ id }) => id));
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to));
  const rank = ranksOf(nodes, drawn);
  const rows: N[][] = [];
  for (const node of nodes) (rows[rank.get(node.id)!] ??= []).push(node);
  const order = sweep(rows, drawn);
  const tallest = Math.max(1, ...rows.map((row) => row.length));
  const height = PAD * 2 + tallest * NODE_HEIGHT + (tallest - 1) * GAP_Y;
  const places = new Map<string, PlacedNode<N>>();
  const sideX = drawn.some(({ from, to }) => rank.get(to)! <= rank.get(from)!) ? PAD + BEND : PAD;
  for (const [at, row] of order.entries()) {
    const rowHeight = row.length * NODE_HEIGHT + (row.length - 1) * GAP_Y;
    for (const [index, node] of row.entries()) {
      places.set(node.id, {
        node,
        x: sideX + at * (NODE_WIDTH + GAP_X),
        y: (height - rowHeight) / 2 + index * (NODE_HEIGHT + GAP_Y),
      });
    }
  }
  const isBack = ({ from, to }: MapEdge) => rank.get(to)! <= rank.get(from)!;
  const lanes = drawn.filter(isBack);
  const ports = portsOf(drawn, places);
  const labels: Point[] = [];
  return {
    nodes: nodes.map(({ id }) => places.get(id)!),
    edges: drawn.map((edge) =>
      isBack(edge)
        ? lineBack(edge, ports, height - PAD / 2 + (lanes.indexOf(edge) + 1) * LANE_GAP)
        : lineOn(edge, ports, labels),
    ),
    width: sideX * 2 + Math.max(1, rows.length) * NODE_WIDTH + Math.max(0, rows.length - 1) * GAP_X,
    height: height + (lanes.length === 0 ? 0 : (lanes.length + 1) * LANE_GAP),
  };
}

type Point = { readonly x: number; readonly y: number };
type Ports = ReadonlyMap<MapEdge, { readonly start: Point; readonly end: Point }>;

/** Where each line leaves and enters: side by side, in the order of what is at their other ends. */
function portsOf<N>(edges: readonly MapEdge[], places: ReadonlyMap<string, PlacedNode<N>>): Ports {
  const middles = new Map<string, number>();
  const spread = (key: 'from' | 'to', other: 'from' | 'to') => {
    const byNode = new Map<string, MapEdge[]>();
    for (const edge of edges) byNode.set(edge[key], [...(byNode.get(edge[key]) ?? []), edge]);
    for (const [id, all] of byNode) {
      const gap = Math.min(PORT_GAP, (NODE_HEIGHT - 14) / Math.max(1, all.length - 1));
      const sorted = all.toSorted((a, b) => places.get(a[other])!.y - places.get(b[other])!.y);
      for (const [index, edge] of sorted.entries()) {
        const y = places.get(id)!.y + NODE_HEIGHT / 2 + (index - (all.length - 1) / 2) * gap;
        middles.set(`${key} ${edges.indexOf(edge)}`, y);
      }
    }
  };
  spread('from', 'to');
  spread('to', 'from');
  return new Map(
    edges.map((edge, at) => [
      edge,
      {
        start: { x: places.get(edge.from)!.x + NODE_WIDTH, y: middles.get(`from ${at}`)! },
        end: { x: places.get(edge.to)!.x, y: middles.get(`to ${at}`)! },
      },
    ]),
  );
}

/** @param labels - where something is written by now; the place of this line's label is added */
function lineOn<E extends MapEdge>(edge: E, ports: Ports, labels: Point[]): PlacedEdge<E> {
  const { start, end } = ports.get(edge)!;
  const bend = Math.max(40, (end.x - start.x) / 2);
  const path = `M${start.x} ${start.y}C${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`;
  // Lines into one node come together: the further from it, the further they are apart.
  const places = LABEL_PLACES.map(([before, below]) => {
    const { x, y } = onCurve(start, end, bend, end.x - before);
    return { x, y: y + below };
  });
  const isFree = ({ x, y }: Point) =>
    labels.every((other) => Math.abs(other.x - x) > LABEL_WIDTH || Math.abs(other.y - y) >= LABEL_HEIGHT);
  const label = places.find(isFree) ?? places[0]!;
  labels.push(label);
  return { edge, path, labelX: label.x, labelY: label.y };
}

/** The point of a line at `x`: of a cubic Bézier curve that leaves and enters level, and never turns back. */
function onCurve(start: Point, end: Point, bend: number, x: number): Point {
  const xAt = (t: number) => {
    const s = 1 - t;
    return (
      s ** 3 * start.x + 3 * s * s * t * (start.x + bend) + 3 * s * t * t * (end.x - bend) + t ** 3 * end.x
    );
  };
  let [from, to] = [0, 1];
  for (let step = 0; step < 20; step += 1) {
    const middle = (from + to) / 2;
    if (xAt(middle) < x) from = middle;
    else to = middle;
  }
  const ofEnd = from * from * (3 - 2 * from);
  return { x, y: start.y + (end.y - start.y) * ofEnd };
}

/** Back to an earlier rank, to the same one, or to itself: below everything. */
function lineBack<E extends MapEdge>(edge: E, ports: Ports, laneY: number): PlacedEdge<E> {
  const { start, end } = ports.get(edge)!;
  const [right, left] = [start.x + BEND, end.x - BEND];
  const path =
    `M${start.x} ${start.y}C${right} ${start.y} ${right} ${laneY} ${start.x} ${laneY}` +
    `L${end.x} ${laneY}C${left} ${laneY} ${left} ${end.y} ${end.x} ${end.y}`;
  return { edge, path, labelX: (start.x + end.x) / 2, labelY: laneY };
}

function ranksOf(nodes: readonly MapNode[], edges: readonly MapEdge[]): ReadonlyMap<string, number> {
  const out = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  const entered = new Map<string, number>(nodes.map(({ id }) => [id, 0]));
  for (const { from, to } of edges) {
    if (from === to) continue;
    out.get(from)!.push(to);
    entered.set(to, entered.get(to)! + 1);
  }
  // Those that nobody calls first: circles are then cut as near to their way in as can be.
  const starts = nodes.toSorted((a, b) => entered.get(a.id)! - entered.get(b.id)!).map(({ id }) => id);
  const state = new Map<string, 'open' | 'done'>();
  const later: string[] = [];
  const forward = new Map<string, string[]>();
  const visit = (start: string) => {
    const stack: { id: string; next: number }[] = [{ id: start, next: 0 }];
    state.set(start, 'open');
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const to = out.get(top.id)![top.next];
      top.next += 1;
      if (to === undefined) {
        state.set(top.id, 'done');
        later.push(top.id);
        stack.pop();
        continue;
      }
      if (state.get(to) === 'open') continue;
      (forward.get(top.id) ?? forward.set(top.id, []).get(top.id)!).push(to);
      if (state.get(to) === undefined) {
        state.set(to, 'open');
        stack.push({ id: to, next: 0 });
      }
    }
  };
  for (const id of starts) if (state.get(id) === undefined) visit(id);
  const rank = new Map<string, number>(nodes.map(({ id }) => [id, 0]));
  for (const id of later.toReversed()) {
    for (const to of forward.get(id) ?? []) rank.set(to, Math.max(rank.get(to)!, rank.get(id)! + 1));
  }
  return rank;
}

function sweep<N extends MapNode>(
  rows: readonly (readonly N[])[],
  edges: readonly MapEdge[],
): readonly (readonly N[])[] {
  const neighbours = new Map<string, string[]>();
  const add = (a: string, b: string) => (neighbours.get(a) ?? neighbours.set(a, []).get(a)!).push(b);
  for (const { from, to } of edges) {
    add(from, to);
    add(to, from);
  }
  let order = rows.map((row) => [...row]);
  for (let times = 0; times < SWEEPS; times += 1) {
    const place = new Map<string, number>();
    for (const row of order)
      for (const [index, { id }] of row.entries()) place.set(id, index - (row.length - 1) / 2);
    order = order.map((row) => {
      const mean = new Map(
        row.map(({ id }) => {
          const all = neighbours.get(id) ?? [];
          const sum = all.reduce((total, other) => total + place.get(other)!, 0);
          return [id, all.length === 0 ? place.get(id)! : sum / all.length];
        }),
      );
      return row.toSorted((a, b) => mean.get(a.id)! - mean.get(b.id)!);
    });
  }
  return order;
}
