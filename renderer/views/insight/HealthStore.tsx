import type { TraceStoreStatus } from '../../../shared/traceQuery.ts';
import { formatBytes, formatCount, formatPercent } from '../../../shared/units.ts';
import { formatWhen } from '../../derive/clock.ts';
import { Stat } from '../../ui/Stat.tsx';

/** How full the trace store is, and with what. */
export function HealthStore({ store }: { readonly store: TraceStoreStatus }) {
  const share = store.bytes / Math.max(1, store.maxBytes);
  return (
    <section className="figure-section" aria-label="Trace store">
      <h3>
        Trace store <code className="faint small">{store.path}</code>
      </h3>
      <div className="store-fill">
        <meter
          aria-label="Filled"
          min={0}
          max={store.maxBytes}
          high={store.maxBytes * 0.9}
          value={store.bytes}
        />
        <span className="num">
          {formatBytes(store.bytes)} <span className="faint">of {formatBytes(store.maxBytes)}</span>{' '}
          <span className="faint">({formatPercent(Math.round(share * 1000) / 1000)})</span>
        </span>
      </div>
      <dl className="stats">
        <Stat
          label="Traces"
          value={formatCount(store.traces)}
          note={`${formatCount(store.pinnedTraces)} pinned`}
        />
        <Stat label="Spans" value={formatCount(store.spans)} />
        <Stat label="Log records" value={formatCount(store.logs)} />
        <Stat label="Metric points" value={formatCount(store.metricPoints)} />
        <Stat label="Oldest" value={store.oldestMs === null ? '–' : formatWhen(store.oldestMs)} />
        <Stat
          label="A span takes"
          value={store.spans < 1000 ? '–' : `${Math.round(store.bytes / store.spans)} B`}
          note="all included"
        />
      </dl>
      <dl className="stats">
        <Stat
          label="Pruned"
          value={formatCount(store.prunedSpans)}
          note={`spans, ${formatCount(store.prunedTraces)} traces`}
        />
        <Stat
          label="Refused"
          value={formatCount(store.refusedSpans)}
          tone={store.refusedSpans > 0 ? 'warn' : undefined}
        />
        <Stat label="Came twice" value={formatCount(store.duplicateSpans)} />
        <Stat label="Late" value={formatCount(store.lateSpans)} />
        <Stat label="Without their parent" value={formatCount(store.orphanSpans)} />
        <Stat label="Clocks differ" value={formatCount(store.skewedSpans)} />
      </dl>
    </section>
  );
}
