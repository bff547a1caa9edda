import './mapPicture.css';
import { useMemo, useState } from 'react';
import type { KeyboardEvent } from 'react';
import type { ServiceMap } from '../../../shared/traceQuery.ts';
import { formatCount, formatDuration, formatPercent } from '../../../shared/units.ts';
import { shortNumber } from '../../../shared/formatRate.ts';
import { openEdge, openNode } from './mapActions.ts';
import { layoutMap, NODE_HEIGHT, NODE_WIDTH } from './mapLayout.ts';

type Node = ServiceMap['nodes'][number];
type Edge = ServiceMap['edges'][number];
type Props = { readonly map: ServiceMap };

/** On a grid of 16 px: a program, a drum, a spark, a box, a line of boxes. */
const KIND_PATHS: Readonly<Record<Node['kind'], string>> = {
  service: 'M2.5 4h11v8h-11zM2.5 6.5h11',
  database: 'M3 4.5c0-2.7 10-2.7 10 0v7c0 2.7-10 2.7-10 0zM3 4.5c0 2.7 10 2.7 10 0M3 8c0 2.7 10 2.7 10 0',
  model: 'M8 2l1.5 4.5L14 8l-4.5 1.5L8 14l-1.5-4.5L2 8l4.5-1.5z',
  server: 'M3 3h10v4H3zM3 9h10v4H3zM5.5 5v.1M5.5 11v.1',
  queue: 'M2 5h3v6H2zM6.5 5h3v6h-3zM11 5h3v6h-3z',
};
const MAX_NAME = 20;
const clip = (text: string) => (text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME - 1)}…`);
const share = (errors: number, all: number) => errors / Math.max(1, all);
/** From which share of errors on something is bad, and not only not quite well. */
const BAD_SHARE = 0.05;
const tone = (errors: number, all: number) =>
  errors === 0 ? '' : share(errors, all) >= BAD_SHARE ? ' is-bad' : ' is-warn';

const onEnter = (act: () => void) => (event: KeyboardEvent) => {
  if (event.key !== 'Enter' && event.key !== ' ') return;
  event.preventDefault();
  act();
};
const nodeText = ({ id, kind, spans, errors, p95Ms }: Node) =>
  `${id}, ${kind}: ${formatCount(spans)} spans, p95 ${formatDuration(p95Ms)}, ${formatPercent(share(errors, spans))} errors`;
const edgeText = ({ from, to, calls, errors, p50Ms, p95Ms }: Edge) =>
  `${from} calls ${to}: ${formatCount(calls)} times, p50 ${formatDuration(p50Ms)}, p95 ${formatDuration(p95Ms)}, ${formatPercent(share(errors, calls))} errors`;

/** The services as a graph from left to right. Lines are as wide as there are calls, by their logarithm. */
export function MapPicture({ map }: Props) {
  const layout = useMemo(() => layoutMap(map.nodes, map.edges), [map]);
  const [focus, setFocus] = useState<string | null>(null);
  const mostCalls = Math.max(1, ...map.edges.map(({ calls }) => calls));
  const widthOf = (calls: number) => 1.25 + (5 * Math.log1p(calls)) / Math.log1p(mostCalls);
  const isFar = (ids: readonly string[]) => focus !== null && !ids.includes(focus);
  const near = new Set(
    map.edges.filter(({ from, to }) => from === focus || to === focus).flatMap(({ from, to }) => [from, to]),
  );
  const { width, height } = layout;
  return (
    <div className="map-scroll">
      <svg
        className="service-map"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label="Service map"
      >
        <defs>
          {['', ' is-warn', ' is-bad'].map((each) => (
            <marker
              key={each}
              id={`map-arrow${each.replace(' ', '-')}`}
              className={`map-arrow${each}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerUnits="userSpaceOnUse"
              markerWidth="11"
              markerHeight="11"
              orient="auto"
            >
              <path d="M0 0L8 4L0 8z" />
            </marker>
          ))}
        </defs>
        {layout.edges.map(({ edge, path, labelX, labelY }) => {
          const colour = tone(edge.errors, edge.calls);
          return (
            <g
              key={`${edge.from} ${edge.to}`}
              className={`map-edge${colour}${isFar([edge.from, edge.to]) ? ' is-far' : ''}`}
              role="button"
              tabIndex={0}
              data-action="map.edge"
              onClick={() => openEdge(edge, map)}
              onKeyDown={onEnter(() => openEdge(edge, map))}
            >
              {/* Its name as well: a label of its own would leave out what is written beside it. */}
              <title>{edgeText(edge)}</title>
              <path className="map-reach" d={path} />
              <path
                className="map-line"
                d={path}
                strokeWidth={widthOf(edge.calls)}
                markerEnd={`url(#map-arrow${colour.replace(' ', '-')})`}
              />
              <text x={labelX} y={labelY} textAnchor="middle" dominantBaseline="central" aria-hidden="true">
                {shortNumber(edge.calls)}
                {edge.errors > 0 && ` · ✕ ${formatPercent(share(edge.errors, edge.calls))}`}
              </text>
            </g>
          );
        })}
        {layout.nodes.map(({ node, x, y }) => (
          <g
            key={node.id}
            className={`map-node${tone(node.errors, node.spans)}${isFar([...near, node.id]) && !near.has(node.id) ? ' is-far' : ''}`}
            transform={`translate(${x} ${y})`}
            role="button"
            tabIndex={0}
            data-action="map.node"
            onClick={() => openNode(node)}
            onKeyDown={onEnter(() => openNode(node))}
            onPointerEnter={() => setFocus(node.id)}
            onPointerLeave={() => setFocus(null)}
            onFocus={() => setFocus(node.id)}
            onBlur={() => setFocus(null)}
          >
            <title>{nodeText(node)}</title>
            <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx="7" />
            <path className="map-kind" transform="translate(10 10)" d={KIND_PATHS[node.kind]} />
            <text aria-hidden="true" className="map-name" x="32" y="22">
              {clip(node.id)}
            </text>
            <text aria-hidden="true" className="map-figures" x="12" y="45">
              {shortNumber(node.spans)} · p95 {formatDuration(node.p95Ms)}
            </text>
            {node.errors > 0 && (
              <text aria-hidden="true" className="map-errors" x={NODE_WIDTH - 10} y="45" textAnchor="end">
                ✕ {formatPercent(share(node.errors, node.spans))}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}
