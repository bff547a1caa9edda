import '../styles/traceView.css';
import './tracesBeside.css';
import { useEffect, useMemo, useState } from 'react';
import type { TraceAbsence } from '../../shared/traceQuery.ts';
import { countOf, formatDuration } from '../../shared/units.ts';
import { toCallError } from '../api.ts';
import { SpanTable } from '../derive/spanTable.ts';
import { TraceTree } from '../derive/traceTree.ts';
import { getState } from '../store/index.ts';
import { BesideTable } from './BesideTable.tsx';
import { besideModel, commonAxis } from './besideAxis.ts';
import type { Alignment } from './besideAxis.ts';
import { bridge } from '../bridge.ts';
import { FlameGraph } from '../flame/FlameGraph.tsx';
import { timeModel } from '../flame/flameModel.ts';
import { SpanPanel } from '../spanPanel/SpanPanel.tsx';
import type { TimeWindow } from '../flame/viewport.ts';

export type TracesBesideProps = {
  /** In the order shown; the first one is what the others are measured by. */
  readonly traceIds: readonly string[];
  /** Where they are held already; not given: out of the store. */
  readonly spans?: SpanTable;
  readonly initialWindow?: TimeWindow;
  /** Told what is in view, in ms after the axis' begin; `null` for everything. */
  readonly onWindow?: (window: TimeWindow | null) => void;
  /** Takes a trace out of the picture; not given: there is no way to. */
  readonly onRemove?: (traceId: string) => void;
};

type Loaded = {
  readonly traceId: string;
  readonly tree: TraceTree | null;
  /** Why there is no tree. */
  readonly fault: string | null;
};

/** Several traces below each other on one axis of time: zooming one zooms all. */
export function TracesBeside(props: TracesBesideProps) {
  const { traceIds, spans, onWindow, onRemove } = props;
  const loaded = useTrees(traceIds, spans);
  const [isTable, setTable] = useState(false);
  const [align, setAlign] = useState<Alignment>('start');
  const [window, setWindow] = useState<TimeWindow | null>(props.initialWindow ?? null);
  const [selection, setSelection] = useState<{ readonly traceId: string; readonly node: number } | null>(
    null,
  );
  const trees = useMemo(() => loaded.flatMap(({ tree }) => (tree === null ? [] : [tree])), [loaded]);
  const axis = useMemo(() => commonAxis(trees, align), [trees, align]);
  const models = useMemo(
    () =>
      new Map(
        trees.map((tree, at) => [
          tree.traceId,
          besideModel(timeModel(tree), axis.beginsMs[at]!, axis.lengthMs),
        ]),
      ),
    [trees, axis],
  );
  const show = (next: TimeWindow | null) => {
    setWindow(next);
    onWindow?.(next);
  };
  const shownTree = trees.find((tree) => tree.traceId === selection?.traceId);
  const [first] = trees;

  return (
    <section className="trace-view traces-beside" aria-label="Traces side by side">
      <div className="trace-toolbar">
        <span className="trace-counts">{countOf(traceIds.length, 'trace')} on one axis of time</span>
        <span className="beside-align" role="group" aria-label="Where the traces begin">
          <button
            data-action="From their starts"
            type="button"
            aria-pressed={align === 'start'}
            onClick={() => setAlign('start')}
          >
            From their starts
          </button>
          <button
            data-action="By the clock"
            type="button"
            aria-pressed={align === 'clock'}
            onClick={() => setAlign('clock')}
          >
            By the clock
          </button>
        </span>
        <span className="trace-counts beside-end">
          <button
            data-action="Show as table"
            type="button"
            aria-pressed={isTable}
            disabled={trees.length === 0}
            onClick={() => setTable(!isTable)}
          >
            Show as table
          </button>
          <button data-action="Fit" type="button" disabled={window === null} onClick={() => show(null)}>
            Fit
          </button>
        </span>
      </div>
      <div className="trace-view-body">
        {isTable && <BesideTable trees={trees} />}
        <div className="beside-lanes" hidden={isTable}>
          {loaded.map(({ traceId, tree, fault }) => (
            <article
              key={traceId}
              className="beside-lane"
              aria-label={tree === null ? traceId : nameOf(tree)}
            >
              <LaneHead
                traceId={traceId}
                tree={tree}
                first={first ?? null}
                onRemove={loaded.length > 1 ? onRemove : undefined}
              />
              {tree === null ? (
                <p className="beside-none" role="status">
                  {fault ?? 'Reading the trace…'}
                </p>
              ) : (
                <div className="beside-graph">
                  <FlameGraph
                    model={models.get(traceId)!}
                    revision={tree.revision}
                    clock={() => tree.latestMs}
                    live={false}
                    follow={false}
                    onUnfollow={() => undefined}
                    selected={selection?.traceId === traceId ? selection.node : -1}
                    onSelect={(node) => setSelection(node < 0 ? null : { traceId, node })}
                    matches={null}
                    label={`Flame graph of ${nameOf(tree)}`}
                    window={fromAxis(window, axis.beginsMs[trees.indexOf(tree)]!)}
                    onWindow={(own) => show(toAxis(own, axis.beginsMs[trees.indexOf(tree)]!))}
                  />
                </div>
              )}
            </article>
          ))}
        </div>
        {shownTree !== undefined && selection !== null && (
          <SpanPanel
            key={`${selection.traceId} ${selection.node}`}
            tree={shownTree}
            node={selection.node}
            clock={() => shownTree.latestMs}
            live={false}
            onSelect={(node) => setSelection({ traceId: selection.traceId, node })}
            onClose={() => setSelection(null)}
          />
        )}
      </div>
    </section>
  );
}

type HeadProps = {
  readonly traceId: string;
  readonly tree: TraceTree | null;
  readonly first: TraceTree | null;
  readonly onRemove: ((traceId: string) => void) | undefined;
};

function LaneHead({ traceId, tree, first, onRemove }: HeadProps) {
  const name = tree === null ? `${traceId.slice(0, 8)}…` : nameOf(tree);
  const lengthOf = (of: TraceTree) => {
    const [from, to] = of.extent(of.latestMs);
    return to - from;
  };
  const length = tree === null ? 0 : lengthOf(tree);
  const by = tree === null || first === null || tree === first ? 0 : length - lengthOf(first);
  return (
    <header>
      <h3>
        <button
          data-action="Open the trace"
          type="button"
          className="span-panel-link"
          title={`Open the trace ${traceId}`}
          onClick={() => getState().navigated({ view: 'traces', traceId })}
        >
          <span dir="auto">{name}</span>
        </button>
      </h3>
      {tree !== null && (
        <>
          <b>{formatDuration(length)}</b>
          {tree !== first && (
            <span>
              {by > 0 ? '+' : '−'}
              {formatDuration(Math.abs(by))}
            </span>
          )}
          <span>{countOf(tree.size, 'span')}</span>
          {tree.errorCount > 0 && <span data-tone="danger">{countOf(tree.errorCount, 'error')}</span>}
          <span>{new Date(tree.originMs).toLocaleString()}</span>
        </>
      )}
      {onRemove !== undefined && (
        <button
          data-action="Take a trace away"
          type="button"
          aria-label={`Take ${name} out`}
          title="Take it out"
          onClick={() => onRemove(traceId)}
        >
          ✕
        </button>
      )}
    </header>
  );
}

function nameOf(tree: TraceTree): string {
  const [root] = tree.childrenOf(-1);
  return root === undefined ? tree.traceId : tree.name(root);
}

function fromAxis(window: TimeWindow | null, beginMs: number): TimeWindow | null {
  return window === null ? null : { fromMs: window.fromMs + beginMs, toMs: window.toMs + beginMs };
}
function toAxis(window: TimeWindow | null, beginMs: number): TimeWindow | null {
  return window === null ? null : { fromMs: window.fromMs - beginMs, toMs: window.toMs - beginMs };
}

/** Each trace in a table of its own, as it arrives; those that are held already are there at once. */
function useTrees(traceIds: readonly string[], spans: SpanTable | undefined): readonly Loaded[] {
  const [loaded, setLoaded] = useState<ReadonlyMap<string, Loaded>>(new Map());
  const key = traceIds.join(' ');
  useEffect(() => {
    const ids = key === '' ? [] : key.split(' ');
    let isWanted = true;
    const put = (one: Loaded) => isWanted && setLoaded((was) => new Map(was).set(one.traceId, one));
    for (const traceId of ids) {
      const api = bridge();
      if (spans?.trace(traceId) != null) put({ traceId, tree: treeOf(spans, traceId), fault: null });
      else if (api === null) put({ traceId, tree: null, fault: 'This trace is not here.' });
      else {
        api
          .trace({ traceId })
          .then(async (bytes) => {
            const table = new SpanTable();
            table.upsertPacked(bytes);
            if (table.trace(traceId) !== null)
              return put({ traceId, tree: treeOf(table, traceId), fault: null });
            return put({ traceId, tree: null, fault: absenceText(await api.traceAbsence({ traceId })) });
          })
          .catch((thrown: unknown) => put({ traceId, tree: null, fault: toCallError(thrown).message }));
      }
    }
    return () => {
      isWanted = false;
    };
  }, [key, spans]);
  return useMemo(
    () =>
      (key === '' ? [] : key.split(' ')).map(
        (traceId) => loaded.get(traceId) ?? { traceId, tree: null, fault: null },
      ),
    [key, loaded],
  );
}

function treeOf(table: SpanTable, traceId: string): TraceTree {
  const tree = new TraceTree(table, traceId);
  tree.update();
  return tree;
}

function absenceText(absence: TraceAbsence): string {
  return absence.reason === 'pruned'
    ? `Pruned at ${new Date(absence.atMs).toLocaleString()} to keep the store within its limits.`
    : 'The store does not have this trace.';
}
