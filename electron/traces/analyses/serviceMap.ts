/**
 * Who calls whom. A span whose parent is of another service is a call between the two. A client span that no other
 * service's span answers is a call to what its attributes name: a database, a model, a queue or a server.
 *
 * A call is counted once where spans of it lie inside each other: an HTTP exchange below a model call or a query is
 * how that was made, and of a transaction and its statements the statements are the calls.
 */
import { DurationHistogram } from '../../../shared/analysis/durationBuckets.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { Search, ServiceMap } from '../../../shared/traceQuery.ts';
import { PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { matchSpans } from '../query/match.ts';
import { budgetOf, timeOf } from './askOptions.ts';
import type { AskOptions } from './askOptions.ts';
import { Links, parentPlace } from './links.ts';
import type { Place } from './links.ts';
import { OriginGroups } from './originGroups.ts';
import { PeerReader, SPECIAL } from './peers.ts';
import type { BlockPeers, Peer } from './peers.ts';

type NodeKind = ServiceMap['nodes'][number]['kind'];
type Node = {
  readonly kind: NodeKind;
  readonly name: string;
  spans: number;
  errors: number;
  readonly durations: DurationHistogram;
};
type Edge = {
  readonly from: Node;
  readonly to: Node;
  calls: number;
  errors: number;
  readonly durations: DurationHistogram;
};

type Tools = { readonly peers: PeerReader; readonly links: Links; readonly services: OriginGroups };

const ERROR = SPAN_STATUSES.indexOf('error');
const SERVER = SPAN_KINDS.indexOf('server');
const CLIENT = SPAN_KINDS.indexOf('client');
const PRODUCER = SPAN_KINDS.indexOf('producer');
const CONSUMER = SPAN_KINDS.indexOf('consumer');
/** An exchange lies this many spans below what it was made for, at the most. */
const MAX_WRAPPERS = 4;

/**
 * `spans` and `errors` of a service are all of its spans; its p95 is that of the spans by which it was entered. Of
 * the others they are those of the calls to it.
 */
export function serviceMap(reader: SpanReader, search: Search, options: AskOptions = {}): ServiceMap {
  const { fromUs, toUs } = timeOf(search);
  const budget = budgetOf(options);
  const links = Links.find(reader, fromUs, toUs, budget.firstUntilMs);
  const services = new OriginGroups(reader, false);
  const peers = new PeerReader(reader, links);
  const tools = { peers, links, services };
  const graph = new Graph();
  const answered = findAnswered(reader, tools, fromUs, toUs, budget.firstUntilMs);
  const matches = matchSpans(reader, search, budget.rest());
  for (const { block, rows } of matches) {
    const { flags, durationUs, origin } = block;
    const open = peers.open(block);
    const isAnswered = answered.get(block.id);
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i]!;
      const flag = flags[row]!;
      const kind = flag & 7;
      const failed = flag >> 3 === ERROR;
      const us = durationUs[row]!;
      const group = services.of(origin[row]!);
      const service = graph.service(group, services);
      service.spans += 1;
      if (failed) service.errors += 1;
      const isEntry = kind === SERVER || kind === CONSUMER;
      const above = block.parent[row]!;
      const parent = above === PARENT_ELSEWHERE ? links.parentOf(block, row) : null;
      const caller =
        above >= 0
          ? services.of(origin[above]!)
          : parent === null
            ? group
            : services.of(parent.block.origin[parent.row]!);
      const isRoot = above < 0 && parent === null;
      if (isEntry || isRoot || caller !== group) addDuration(service.durations, us);
      if (caller !== group) addCall(graph.edge(graph.service(caller, services), service), us, failed);
      if (isAnswered?.[row] === 1) continue;
      const mayCall = open.special[row] !== SPECIAL.none || kind === CLIENT || kind === PRODUCER;
      if (!mayCall || !isCall(open, { block, row }, tools)) continue;
      const peer = open.peer(row);
      if (peer === null) continue;
      const node = graph.peer(peer);
      node.spans += 1;
      if (failed) node.errors += 1;
      addDuration(node.durations, us);
      addCall(graph.edge(service, node), us, failed);
    }
  }
  return { ...graph.toMap(), leftOut: matches.leftOut };
}

function addDuration(durations: DurationHistogram, us: number): void {
  if (us === us) durations.add(us > 0 ? us / 1000 : 0);
}

function addCall(edge: Edge, us: number, failed: boolean): void {
  edge.calls += 1;
  if (failed) edge.errors += 1;
  addDuration(edge.durations, us);
}

/** Rows, by block, whose call a span of another service answers: that of the parent, and of all it is an exchange of. */
function findAnswered(
  reader: SpanReader,
  { links, services }: Tools,
  fromUs: number,
  toUs: number,
  untilMs: number,
): ReadonlyMap<number, Uint8Array> {
  const answered = new Map<number, Uint8Array>();
  const mark = (block: SpanBlock, row: number): void => {
    const group = services.of(block.origin[row]!);
    let place: Place | null = { block, row };
    for (let steps = 0; place !== null && steps < MAX_WRAPPERS; steps += 1) {
      if (services.of(place.block.origin[place.row]!) !== group) return;
      let rows = answered.get(place.block.id);
      if (rows === undefined) answered.set(place.block.id, (rows = new Uint8Array(place.block.count)));
      rows[place.row] = 1;
      const kind = place.block.flags[place.row]! & 7;
      if (kind === SERVER || kind === CONSUMER) return;
      place = parentPlace(links, place.block, place.row);
    }
  };
  for (const block of reader.blocks(fromUs, toUs)) {
    if (performance.now() > untilMs) break;
    const { origin, parent } = block;
    for (const { child, parent: above } of links.childrenIn(block)) {
      const other = services.of(child.block.origin[child.row]!);
      if (other !== services.of(origin[above.row]!)) mark(above.block, above.row);
    }
    if (hasOneService(block, services)) continue;
    for (let row = 0; row < block.count; row += 1) {
      const above = parent[row]!;
      if (above < 0 || block.dead?.[row] === 1) continue;
      if (services.of(origin[row]!) !== services.of(origin[above]!)) mark(block, above);
    }
  }
  return answered;
}

function hasOneService({ origin, count }: SpanBlock, services: OriginGroups): boolean {
  let last = origin[0]!;
  const first = services.of(last);
  for (let row = 1; row < count; row += 1) {
    const each = origin[row]!;
    if (each === last) continue;
    last = each;
    if (services.of(each) !== first) return false;
  }
  return true;
}

/** Whether a row is a call to outside of all services that is counted nowhere else. */
function isCall(
  { special, wrapsSame }: BlockPeers,
  { block, row }: Place,
  { peers, links, services }: Tools,
): boolean {
  const kind = block.flags[row]! & 7;
  const isOutgoing = kind === CLIENT || kind === PRODUCER;
  if (special[row] !== SPECIAL.none) {
    return wrapsSame[row] === 0 && (isOutgoing || special[row] !== SPECIAL.queue);
  }
  if (!isOutgoing) return false;
  // How something else was asked: an exchange of a model call, of a query.
  const group = services.of(block.origin[row]!);
  let above = parentPlace(links, block, row);
  for (let steps = 0; above !== null && steps < MAX_WRAPPERS; steps += 1) {
    if (services.of(above.block.origin[above.row]!) !== group) break;
    if (peers.special(above.block)[above.row] !== SPECIAL.none) return false;
    above = parentPlace(links, above.block, above.row);
  }
  return true;
}

class Graph {
  readonly #services: Node[] = [];
  readonly #peers = new Map<string, Node>();
  readonly #edges = new Map<Node, Map<Node, Edge>>();

  service(group: number, services: OriginGroups): Node {
    return (this.#services[group] ??= newNode('service', services.at(group).service));
  }

  peer({ kind, name }: Peer): Node {
    const key = `${kind} ${name}`;
    let node = this.#peers.get(key);
    if (node === undefined) this.#peers.set(key, (node = newNode(kind, name)));
    return node;
  }

  edge(from: Node, to: Node): Edge {
    let edges = this.#edges.get(from);
    if (edges === undefined) this.#edges.set(from, (edges = new Map()));
    let edge = edges.get(to);
    if (edge === undefined) {
      edges.set(to, (edge = { from, to, calls: 0, errors: 0, durations: new DurationHistogram() }));
    }
    return edge;
  }

  toMap(): Pick<ServiceMap, 'nodes' | 'edges'> {
    const nodes = [...this.#services.filter((node) => node !== undefined), ...this.#peers.values()];
    const ids = new Map<Node, string>();
    const taken = new Set<string>();
    for (const node of nodes) {
      // A service goes by its name; what only shares the name says what it is.
      let id = node.name;
      if (taken.has(id)) id = `${node.name} (${node.kind})`;
      taken.add(id);
      ids.set(node, id);
    }
    return {
      nodes: nodes
        .map((node) => ({
          id: ids.get(node)!,
          kind: node.kind,
          spans: node.spans,
          errors: node.errors,
          p95Ms: percentileOf(node.durations, 0.95),
        }))
        .sort((a, b) => b.spans - a.spans || (a.id < b.id ? -1 : 1)),
      edges: [...this.#edges.values()]
        .flatMap((edges) => [...edges.values()])
        .map((edge) => ({
          from: ids.get(edge.from)!,
          to: ids.get(edge.to)!,
          calls: edge.calls,
          errors: edge.errors,
          p50Ms: percentileOf(edge.durations, 0.5),
          p95Ms: percentileOf(edge.durations, 0.95),
        }))
        .sort((a, b) => b.calls - a.calls || (`${a.from}\n${a.to}` < `${b.from}\n${b.to}` ? -1 : 1)),
    };
  }
}

function newNode(kind: NodeKind, name: string): Node {
  return { kind, name, spans: 0, errors: 0, durations: new DurationHistogram() };
}

/** 0 where none has ended. */
function percentileOf(durations: DurationHistogram, p: number): number {
  return durations.count === 0 ? 0 : durations.percentile(p);
}
