import { useEffect, useMemo, useState } from 'react';
import { diffAttributes } from '../../../shared/analysis/attributeDiff.ts';
import type { AttributeDelta, AttributeSide } from '../../../shared/analysis/attributeDiff.ts';
import type { CallError } from '../../../shared/ipc.ts';
import { decodeSpans } from '../../../shared/spanCodec.ts';
import { spanCountOf } from '../../../shared/spanFormat.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { formatCount } from '../../../shared/units.ts';
import { getApi, toCallError } from '../../api.ts';
import type { CompareSide } from '../../store/route.ts';
import { searchOf } from '../../store/traceCommands.ts';
import { Badge } from '../../ui/Badge.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';

/** Attributes are compared span by span: of so many traces a side, the newest, and of so many spans. */
const MAX_TRACES = 10;
const MAX_SPANS = 40_000;
const MAX_ROWS = 300;

type Loaded = { readonly spans: readonly SpanRecord[]; readonly traces: number; readonly of: number };
type Load =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: CallError }
  | { readonly state: 'loaded'; readonly a: Loaded; readonly b: Loaded };

/** What attributes the spans of the same call path have on one side and not on the other. */
export function AttributeChanges({ a, b }: { readonly a: CompareSide; readonly b: CompareSide }) {
  const [attempt, setAttempt] = useState(0);
  const [load, setLoad] = useState<Load>({ state: 'loading' });
  const [hasIds, setHasIds] = useState(false);
  useEffect(() => {
    let wanted = true;
    Promise.all([loadSide(a), loadSide(b)]).then(
      ([ofA, ofB]) => wanted && setLoad({ state: 'loaded', a: ofA, b: ofB }),
      (thrown: unknown) => wanted && setLoad({ state: 'failed', error: toCallError(thrown) }),
    );
    return () => {
      wanted = false;
    };
  }, [a, b, attempt]);
  const deltas = useMemo(
    () => (load.state === 'loaded' ? diffAttributes(load.a.spans, load.b.spans) : []),
    [load],
  );
  if (load.state === 'loading') {
    return (
      <p role="status" className="loading muted">
        Reading the spans of both sides…
      </p>
    );
  }
  if (load.state === 'failed')
    return <ReadFault what="The traces" fault={load.error} onRetry={() => setAttempt(attempt + 1)} />;
  const ids = deltas.reduce((sum, { isUnique }) => sum + (isUnique ? 1 : 0), 0);
  const rows = deltas.filter(({ isUnique }) => hasIds || !isUnique);
  const sides = [load.a, load.b].map(({ traces, of }, index) =>
    traces < of
      ? `${index === 0 ? 'A' : 'B'}: the newest ${traces} of ${formatCount(of)}${of > MAX_TRACES ? ' or more' : ''} traces`
      : null,
  );
  return (
    <div className="attribute-changes">
      <p className="found-status small">
        <span role="status">
          <strong>{formatCount(rows.length)}</strong> {rows.length === 1 ? 'difference' : 'differences'} on
          call paths that both have
        </span>
        {sides.map(
          (note) =>
            note !== null && (
              <span key={note} className="left-out">
                {note}
              </span>
            ),
        )}
        {rows.length > MAX_ROWS && <span className="left-out">the first {MAX_ROWS} are shown</span>}
        <span className="grow" />
        {ids > 0 && (
          <label className="inline-label">
            <input type="checkbox" checked={hasIds} onChange={(event) => setHasIds(event.target.checked)} />
            <span>Ids too ({formatCount(ids)})</span>
          </label>
        )}
      </p>
      {rows.length === 0 ? (
        <EmptyState icon="check" title="The same attributes on both sides" />
      ) : (
        <div className="traces-scroll">
          <table className="table" aria-label="Attributes that differ">
            <thead>
              <tr>
                <th scope="col">Call path</th>
                <th scope="col">Attribute</th>
                <th scope="col">Change</th>
                <th scope="col">A</th>
                <th scope="col">B</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MAX_ROWS).map((delta) => (
                <Row key={`${delta.path.join('/')} ${delta.service} ${delta.key}`} delta={delta} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

const TONES = { added: 'accent', removed: 'warn', changed: 'info' } as const;
const WORDS = { added: '+ only in B', removed: '− only in A', changed: 'changed' } as const;

function Row({ delta: { path, key, change, a, b } }: { readonly delta: AttributeDelta }) {
  return (
    <tr>
      <td title={path.join(' › ')}>
        {path.length > 1 && (
          <span className="faint">
            {path.length > 3 ? '… › ' : ''}
            {path.slice(-3, -1).join(' › ')} ›{' '}
          </span>
        )}
        {path.at(-1)}
      </td>
      <td>
        <code>{key}</code>
      </td>
      <td>
        <Badge tone={TONES[change]}>{WORDS[change]}</Badge>
      </td>
      <td>
        <Values of={a} />
      </td>
      <td>
        <Values of={b} />
      </td>
    </tr>
  );
}

function Values({ of }: { readonly of: AttributeSide }) {
  if (of.withKey === 0) return <span className="faint">–</span>;
  const more = of.differentValues - of.values.length;
  return (
    <span className="attribute-values">
      {of.mean !== null && more > 0 && <span className="num">mean {formatMean(of.mean)}</span>}
      {of.values.map(({ value, spans }) => (
        <span key={value} className="attribute-value">
          <code>{value}</code> {of.withKey > 1 && <span className="faint num">×{formatCount(spans)}</span>}
        </span>
      ))}
      {more > 0 && <span className="faint">and {formatCount(more)} more</span>}
    </span>
  );
}
const formatMean = (mean: number) =>
  Math.abs(mean) >= 100 ? formatCount(mean) : String(Number(mean.toPrecision(3)));

async function loadSide({ traceIds, search }: CompareSide): Promise<Loaded> {
  const api = getApi();
  let ids = traceIds ?? [];
  let of = ids.length;
  if (ids.length === 0) {
    const { items, leftOut } = await api.searchTraces({
      ...searchOf(search ?? {}),
      order: 'newest',
      limit: MAX_TRACES,
    });
    ids = items.map(({ traceId }) => traceId);
    of = ids.length + (leftOut.more ? 1 : 0);
  }
  const spans: SpanRecord[] = [];
  let traces = 0;
  for (const traceId of ids.slice(0, MAX_TRACES)) {
    const bytes = await api.trace({ traceId });
    // One trace is always read; what follows only where there is room.
    if (traces > 0 && spans.length + spanCountOf(bytes) > MAX_SPANS) break;
    for (const span of decodeSpans(bytes)) spans.push(span);
    traces += 1;
  }
  return { spans, traces, of };
}
