import { useState } from 'react';
import type { SpanLink } from '../../shared/span.ts';
import type { BackLink } from '../../shared/traceQuery.ts';
import { formatMoment } from '../derive/clock.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { getState } from '../store/index.ts';
import { bridge, useAsked } from '../bridge.ts';
import { PlainAttributes } from './SpanAttributes.tsx';

type Props = {
  readonly tree: TraceTree;
  readonly links: readonly SpanLink[];
  readonly back: readonly BackLink[];
  readonly onSelect: (node: number) => void;
};

/** Each asks whether its trace is still there. */
const PAGE = 30;

/** Both ways: what the span links to, and what links to it. */
export function SpanLinks({ tree, links, back, onSelect }: Props) {
  const [most, setMost] = useState(PAGE);
  return (
    <>
      {links.length > 0 && (
        <ol className="span-panel-list" aria-label="Links to">
          {links.slice(0, most).map((link, at) => (
            <li key={at}>
              <div>
                <span>to </span>
                <Target tree={tree} traceId={link.traceId} spanId={link.spanId} onSelect={onSelect} />
              </div>
              <PlainAttributes attributes={link.attributes} />
            </li>
          ))}
        </ol>
      )}
      {links.length > most && (
        <button
          data-action="More links"
          type="button"
          className="span-panel-link"
          onClick={() => setMost(most + PAGE)}
        >
          More of {links.length} links
        </button>
      )}
      {back.length > 0 && (
        <ol className="span-panel-list" aria-label="Linked from">
          {back.map((link) => (
            <li key={`${link.traceId} ${link.spanId}`}>
              <div>
                <span>from </span>
                <Target
                  tree={tree}
                  traceId={link.traceId}
                  spanId={link.spanId}
                  name={`${link.name} · ${link.service}`}
                  onSelect={onSelect}
                />{' '}
                <span>{formatMoment(link.startMs)}</span>
              </div>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

type TargetProps = {
  readonly tree: TraceTree;
  readonly traceId: string;
  readonly spanId: string;
  readonly name?: string;
  readonly onSelect: (node: number) => void;
};

function Target({ tree, traceId, spanId, name, onSelect }: TargetProps) {
  const isHere = traceId === tree.traceId;
  const node = isHere ? tree.nodeOf(spanId) : -1;
  // Where the other trace is not in the store any more, a way there would lead to nothing.
  const absence = useAsked(isHere || name !== undefined ? null : traceId, (api) =>
    api.traceAbsence({ traceId }),
  );
  const text = name ?? (isHere ? spanId : `span ${spanId} of trace ${traceId.slice(0, 8)}…`);
  if (node >= 0) {
    return (
      <button
        data-action="Go to a linked span"
        type="button"
        className="span-panel-link"
        onClick={() => onSelect(node)}
      >
        {tree.name(node)}
      </button>
    );
  }
  if (isHere || bridge() === null) return <code>{isHere ? spanId : `${traceId} / ${spanId}`}</code>;
  if (absence.value?.reason === 'pruned') {
    return (
      <>
        <code>{text}</code> <em>pruned at {formatMoment(absence.value.atMs, false)}</em>
      </>
    );
  }
  return (
    <button
      data-action="Open a linked trace"
      type="button"
      className="span-panel-link"
      title={`${traceId} / ${spanId}`}
      onClick={() => getState().navigated({ view: 'traces', traceId, spanId })}
    >
      {text}
    </button>
  );
}
