import { useEffect, useMemo, useState } from 'react';
import { diffAttributes } from '../../../shared/analysis/attributeDiff.ts';
import type { AttributeDelta, AttributeSide } from '../../../shared/analysis/attributeDiff.ts';
import type { CallError } from '../../../shared/ipc.ts';
import { formatCount } from '../../../shared/units.ts';
import { toCallError } from '../../api.ts';
import type { CompareSide } from '../../store/route.ts';
import { Badge } from '../../ui/Badge.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { loadSide, MAX_TRACES } from './attributeSides.ts';
import type { AttributeSpans } from './attributeSides.ts';
import { both, bothSpans } from './bothSides.ts';
import { NoiseNote } from './NoiseNote.tsx';
import { useHidden } from './useHidden.ts';

const MAX_ROWS = 300;

type Load =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: CallError }
  | { readonly state: 'loaded'; readonly a: AttributeSpans; readonly b: AttributeSpans };

/** What attributes the spans of the same call path have on one side and not on the other. */
export function AttributeChanges({ a, b }: { readonly a: CompareSide; readonly b: CompareSide }) {
  const [attempt, setAttempt] = useState(0);
  const [load, setLoad] = useState<Load>({ state: 'loading' });
  const [hasIds, setHasIds] = useState(false);
  const hide = useHidden('traces');
  const hideSpans = useHidden('spans');
  useEffect(() => {
    let wanted = true;
    const rules = { hide, hideSpans };
    Promise.all([loadSide(a, rules), loadSide(b, rules)]).then(
      ([ofA, ofB]) => wanted && setLoad({ state: 'loaded', a: ofA, b: ofB }),
      (thrown: unknown) => wanted && setLoad({ state: 'failed', error: toCallError(thrown) }),
    );
    return () => {
      wanted = false;
    };
  }, [a, b, hide, hideSpans, attempt]);
  const deltas = useMemo(
    () =>
      load.state === 'loaded'
        ? diffAttributes(load.a.spans, load.b.spans, {
            isHidden: (span) => load.a.noise.has(span) || load.b.noise.has(span),
          })
        : [],
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
        <NoiseNote
          hidden={both(load.a.hidden, load.b.hidden)}
          spans={bothSpans(load.a.hiddenSpans, load.b.hiddenSpans)}
        />
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
