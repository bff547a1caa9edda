import type { TraceTree } from '../derive/traceTree.ts';
import { formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import { explainNPlusOne } from '../waterfall/siblingFigures.ts';
import type { ShownGroup } from '../waterfall/Waterfall.tsx';

type Props = {
  readonly tree: TraceTree;
  readonly shown: ShownGroup;
  readonly onSelect: (node: number) => void;
};

const SLOWEST = 10;

/** Folded siblings: how they spread, what is wrong with them, the slowest of them. */
export function GroupPanel({ tree, shown: { group, figures }, onSelect }: Props) {
  const { nodes, name, parent } = group;
  const lengthMs = figures.endMs - figures.startMs;
  const end = figures.endMs;
  const slowest = Array.from(nodes)
    .map((node) => ({ node, ms: tree.endMs(node, end) - tree.startMs(node) }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST);
  const facts: readonly (readonly [string, string])[] = [
    ['Spans', formatCount(figures.count)],
    ['Failed', formatCount(figures.errors)],
    ['Total', formatDuration(figures.totalMs)],
    ['From first to last', formatDuration(lengthMs)],
    ['At once, on average', lengthMs > 0 ? (figures.totalMs / lengthMs).toFixed(1) : '–'],
    ['Shortest', formatDuration(figures.minMs)],
    ['p50', formatDuration(figures.p50Ms)],
    ['p95', formatDuration(figures.p95Ms)],
    ['Longest', formatDuration(figures.maxMs)],
  ];
  return (
    <aside className="span-panel" aria-label={`${figures.count} spans ${name}`}>
      <header>
        <h3 dir="auto">
          {name} ×{formatCount(figures.count)}
        </h3>
      </header>
      <div className="span-panel-body">
        {figures.nPlusOne !== null && (
          <p className="span-panel-note" data-tone="warning">
            <strong>Looks like N+1.</strong> {explainNPlusOne(figures.nPlusOne)}
          </p>
        )}
        <dl className="span-panel-times">
          {facts.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {parent >= 0 && (
          <p>
            Below{' '}
            <button
              data-action="Go to the parent"
              type="button"
              className="span-panel-link"
              onClick={() => onSelect(parent)}
            >
              {tree.name(parent)}
            </button>
          </p>
        )}
        <section>
          <h4>The slowest</h4>
          <ol className="span-panel-list">
            {slowest.map(({ node, ms }) => (
              <li key={node}>
                <button
                  data-action="Go to a slow sibling"
                  type="button"
                  className="span-panel-link"
                  onClick={() => onSelect(node)}
                >
                  {formatDuration(ms)}
                </button>{' '}
                <span>{formatPercent(figures.totalMs > 0 ? ms / figures.totalMs : NaN)} of the total</span>
              </li>
            ))}
          </ol>
        </section>
      </div>
    </aside>
  );
}
