import { formatText } from '../../../shared/query/literals.ts';
import type { ServiceMap } from '../../../shared/traceQuery.ts';
import { openOperations, openTraces } from './insightRoute.ts';

type Node = ServiceMap['nodes'][number];
type Edge = ServiceMap['edges'][number];

/** The spans that call what a node names; of a service its own spans. */
export function nodeCondition({ id, kind }: Node): string {
  // The map tells apart what shares a name by its kind.
  const name = id.replace(new RegExp(` \\(${kind}\\)$`), '');
  const [first = '', ...more] = name.split(' ');
  const rest = more.join(' ');
  const host = (text: string) => text.replace(/:\d+$/, '');
  const equals = (field: string, text: string) => `${field} = ${formatText(text)}`;
  const where = (own: string) =>
    rest === '' ? '' : ` and (${equals(own, rest)} or ${equals('server.address', host(rest))})`;
  switch (kind) {
    case 'service':
      return equals('service', name);
    case 'database':
      return `${equals('db.system.name', first)}${where('db.namespace')}`;
    case 'model':
      return `${equals('gen_ai.provider.name', first)}${rest === '' ? '' : ` and ${equals('server.address', host(rest))}`}`;
    case 'queue':
      return `${equals('messaging.system', first)}${where('messaging.destination.name')}`;
    case 'server':
      return `(${equals('server.address', host(name))} or ${equals('service.peer.name', name)} or ${equals('peer.service', name)})`;
  }
}

/** Calls from one node to another, as a query. */
export function edgeCondition({ from, to }: Edge, { nodes }: Pick<ServiceMap, 'nodes'>): string {
  const target = nodes.find(({ id }) => id === to);
  const caller = `service = ${formatText(from)}`;
  if (target === undefined) return caller;
  if (target.kind === 'service') return `{ ${caller} } > { ${nodeCondition(target)} }`;
  return `${caller} and ${nodeCondition(target)}`;
}

export function openNode(node: Node): void {
  void (node.kind === 'service' ? openOperations(node.id) : openTraces(nodeCondition(node)));
}
export function openEdge(edge: Edge, map: ServiceMap): void {
  void openTraces(edgeCondition(edge, map));
}
