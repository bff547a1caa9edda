import './criticalList.css';
import { useMemo, useState } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import { countOf, formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import { criticalOperations, criticalSteps } from './criticalView.ts';
import type { CriticalView } from './criticalView.ts';
import type { TraceIndex } from './waterfallIndex.ts';

type Props = {
  readonly tree: TraceTree;
  readonly index: TraceIndex;
  readonly view: CriticalView | null;
  readonly startMs: number;
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly colourOf: (name: string) => string;
  readonly onClose: () => void;
};

const MOST_STEPS = 300;
const MOST_OPERATIONS = 100;

/** What the length of the trace hangs on: by operation, and step by step. */
export function CriticalList(props: Props) {
  const { tree, index, view, startMs, selected, onSelect, colourOf, onClose } = props;
  const [by, setBy] = useState<'operation' | 'step'>('operation');
  const operations = useMemo(
    () => (view === null ? [] : criticalOperations(index, view, (id) => tree.table.nameOf(id))),
    [tree, index, view],
  );
  const { steps, count } = useMemo(
    () => (view === null ? { steps: [], count: 0 } : criticalSteps(view, MOST_STEPS)),
    [view],
  );
  const whole = view === null ? 0 : view.totalMs + view.idleMs;
  const row = (key: string | number, node: number, name: string, ms: number, note: string) => (
    <tr key={key} className={node === selected ? 'is-selected' : undefined}>
      <td>
        <button
          data-action="Go to a step of the critical path"
          type="button"
          className="span-panel-link wf-critical-name"
          style={{ '--wf-colour': colourOf(name) } as never}
          onClick={() => onSelect(node)}
        >
          <i className="wf-swatch" aria-hidden="true" />
          <span dir="auto">{name}</span>
          {index.services > 1 && <span className="wf-service">{tree.table.serviceOf(tree.row(node))}</span>}
        </button>
      </td>
      <td>{formatDuration(ms)}</td>
      <td>
        <span className="wf-share" style={{ '--wf-share': whole > 0 ? ms / whole : 0 } as never}>
          {formatPercent(whole > 0 ? ms / whole : NaN)}
        </span>
      </td>
      <td>{note}</td>
    </tr>
  );
  return (
    <section className="wf-critical-list" aria-label="Critical path">
      <header>
        <h3>Critical path</h3>
        <span>
          {view === null
            ? 'being worked out…'
            : `${formatDuration(whole)} in ${countOf(count, 'step')}${
                view.idleMs > 0 ? `, ${formatDuration(view.idleMs)} of it nothing ran` : ''
              }`}
        </span>
        <span className="wf-critical-by">
          <button
            data-action="By operation"
            type="button"
            aria-pressed={by === 'operation'}
            onClick={() => setBy('operation')}
          >
            By operation
          </button>
          <button
            data-action="Step by step"
            type="button"
            aria-pressed={by === 'step'}
            onClick={() => setBy('step')}
          >
            Step by step
          </button>
          <button
            data-action="Close the list"
            type="button"
            aria-label="Close the list"
            title="Close"
            onClick={onClose}
          >
            ✕
          </button>
        </span>
      </header>
      <div className="wf-critical-scroll" tabIndex={0} role="group" aria-label="Steps of the critical path">
        <table>
          <thead>
            <tr>
              <th>{by === 'operation' ? 'Operation' : 'Span'}</th>
              <th>On the path</th>
              <th>Share</th>
              <th>{by === 'operation' ? 'Spans' : 'From'}</th>
            </tr>
          </thead>
          <tbody>
            {by === 'operation'
              ? operations
                  .slice(0, MOST_OPERATIONS)
                  .map(({ name, service, ms, spans, node }) =>
                    row(`${service} ${name}`, node, name, ms, formatCount(spans)),
                  )
              : steps.map(({ node, fromMs, toMs }, at) =>
                  row(at, node, tree.name(node), toMs - fromMs, `+${formatDuration(fromMs - startMs)}`),
                )}
          </tbody>
        </table>
        {by === 'step' && count > steps.length && (
          <p>
            The first {formatCount(steps.length)} of {formatCount(count)} steps.
          </p>
        )}
        {by === 'operation' && operations.length > MOST_OPERATIONS && (
          <p>
            The first {MOST_OPERATIONS} of {formatCount(operations.length)} operations.
          </p>
        )}
      </div>
    </section>
  );
}
