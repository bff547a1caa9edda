import { useEffect, useState } from 'react';
import type { FieldCatalog, OperationStats } from '../../../shared/traceQuery.ts';
import { formatDuration } from '../../../shared/units.ts';
import { getApi } from '../../api.ts';
import { formatWhen } from '../../derive/clock.ts';
import { sidePairs } from '../../derive/compareSides.ts';
import { getState, useStore } from '../../store/index.ts';
import type { CompareSide, RouteSearch } from '../../store/route.ts';
import { selectFoundTraces } from '../../store/selectors.ts';
import { goToSearch, loadFieldCatalog, loadFoundTraces, searchOf } from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { QueryField } from '../../ui/QueryField.tsx';
import { openTrace } from './openTrace.ts';
import { TimeRange } from './TimeRange.tsx';

const CHOICE = 40;

type Props = {
  readonly a: CompareSide | undefined;
  readonly b: CompareSide | undefined;
  readonly onSwap: () => void;
};

/** What stands on each side, and pairs that are often asked for. */
export function CompareSides({ a, b, onSwap }: Props) {
  const [catalog, setCatalog] = useState<FieldCatalog | null>(null);
  const [versions, setVersions] = useState<readonly OperationStats[]>([]);
  useEffect(() => {
    let wanted = true;
    // Without them there are fewer ready pairs, and nothing else.
    const nothing = () => undefined;
    loadFieldCatalog().then((found) => wanted && setCatalog(found), nothing);
    getApi()
      .operations({ ...searchOf({}), by: 'version', limit: 200 })
      .then(({ items }) => wanted && setVersions(items), nothing);
    if (getState().askedSearch === null) void loadFoundTraces(searchOf({}));
    return () => {
      wanted = false;
    };
  }, []);
  const pairs = sidePairs(versions, catalog, Date.now());
  return (
    <div className="compare-sides">
      <Side letter="A" side={a} onSide={(side) => goToSearch({ a: side })} />
      <div className="compare-between">
        <Button disabled={a === undefined && b === undefined} title="What was A becomes B" onClick={onSwap}>
          Swap
        </Button>
        <Menu
          label="Pairs"
          alignEnd
          items={pairs.map(({ id, label, note, a: pairA, b: pairB }) => ({
            id,
            label,
            note,
            run: () => goToSearch({ a: pairA, b: pairB }),
          }))}
        />
      </div>
      <Side letter="B" side={b} onSide={(side) => goToSearch({ b: side })} />
    </div>
  );
}

type SideProps = {
  readonly letter: 'A' | 'B';
  readonly side: CompareSide | undefined;
  readonly onSide: (side: CompareSide | undefined) => void;
};

function Side({ letter, side, onSide }: SideProps) {
  const known = useStore(selectFoundTraces);
  const traceIds = side?.traceIds ?? [];
  const search: RouteSearch = side?.search ?? {};
  const toSearch = (change: { readonly [K in keyof RouteSearch]?: RouteSearch[K] | undefined }) => {
    const next = Object.entries({ ...search, ...change }).filter(
      ([, value]) => value !== undefined && value !== '',
    );
    onSide({ search: Object.fromEntries(next) });
  };
  const choices = known.slice(0, CHOICE).map((trace) => ({
    id: trace.traceId,
    label: trace.name,
    note: `${formatWhen(trace.startMs)} · ${trace.durationMs === null ? 'open' : formatDuration(trace.durationMs)} · ${trace.traceId.slice(0, 8)}`,
    run: () => onSide({ traceIds: [trace.traceId] }),
  }));
  return (
    <section className="compare-side" aria-label={`Side ${letter}`}>
      <strong className={`side-letter side-${letter.toLowerCase()}`}>{letter}</strong>
      {traceIds.length > 0 ? (
        <div className="side-traces">
          {traceIds.map((traceId) => {
            const trace = known.find((each) => each.traceId === traceId);
            return (
              <span key={traceId} className="side-trace">
                <button
                  data-action="Open trace"
                  type="button"
                  className="link"
                  onClick={() => openTrace(traceId)}
                >
                  {trace?.name ?? 'trace'} <code>{traceId.slice(0, 8)}</code>
                </button>
                {trace !== undefined && (
                  <span className="faint num">
                    {formatWhen(trace.startMs)}
                    {trace.durationMs !== null && ` · ${formatDuration(trace.durationMs)}`}
                  </span>
                )}
                <Button
                  tone="quiet"
                  icon="close"
                  iconOnly
                  onClick={() => {
                    const left = traceIds.filter((each) => each !== traceId);
                    onSide(left.length === 0 ? undefined : { traceIds: left });
                  }}
                >
                  Take this trace off side {letter}
                </Button>
              </span>
            );
          })}
        </div>
      ) : (
        <QueryField
          label={`Query of side ${letter}`}
          signal="spans"
          value={search.query ?? ''}
          onSubmit={(query) => toSearch({ query })}
          loadCatalog={loadFieldCatalog}
          placeholder={side === undefined ? 'A query, or choose a trace' : 'All traces'}
        />
      )}
      {traceIds.length === 0 && (
        <TimeRange search={search} preset={null} onChange={(range) => toSearch(range)} />
      )}
      <Menu
        label="Trace"
        name={`Choose a trace for side ${letter}`}
        alignEnd
        items={choices}
        none="No traces were found yet."
      />
    </section>
  );
}
