import type { ReactNode } from 'react';
import type { SpanRecord } from '../../shared/span.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import { epochNs, exactDuration, exactIso, exactMoment, knownDigits } from '../derive/exactTime.ts';
import type { Digits } from '../derive/exactTime.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { CopyValue } from './CopyValue.tsx';

type Props = {
  readonly tree: TraceTree;
  readonly node: number;
  readonly span: SpanRecord;
  readonly service: string;
  readonly clock: () => number;
  readonly onSelect: (node: number) => void;
};

/** Times, ids, and who is above and below. */
export function SpanFacts({ tree, node, span, service, clock, onSelect }: Props) {
  const nowMs = clock();
  const isOpen = span.endMs === null;
  const [traceStartMs] = tree.extent(nowMs);
  const parent = tree.parent(node);
  const children = tree.childrenOf(node);
  const length = lengthMs(span.startMs, span.endMs ?? tree.originMs + nowMs);
  return (
    <>
      <dl className="span-panel-times">
        <Fact label={isOpen ? 'Open for' : 'Duration'}>{formatDuration(length)}</Fact>
        <Fact label="Self time">{formatDuration(tree.selfMs(node, nowMs))}</Fact>
        <Fact label="Starts at">{formatDuration(tree.startMs(node) - traceStartMs)}</Fact>
        <Fact label="Status">{isOpen ? 'open' : span.status}</Fact>
        <Fact label="Kind">{span.kind}</Fact>
      </dl>
      <dl className="span-panel-ids">
        <ExactTimes span={span} />
        <Fact label="Service">
          <span dir="auto">{service}</span>
        </Fact>
        <Fact label="Span id">
          <code>{span.spanId}</code>
        </Fact>
        <Fact label="Parent">
          {parent >= 0 ? (
            <button
              data-action="Go to the parent"
              type="button"
              className="span-panel-link"
              onClick={() => onSelect(parent)}
            >
              {tree.name(parent)}
            </button>
          ) : span.parentSpanId === null ? (
            'none, it is a root'
          ) : (
            <code>{span.parentSpanId}</code>
          )}
        </Fact>
        <Fact label="Children">
          {children.length === 0 ? (
            'none'
          ) : (
            <button
              data-action="Go to the first child"
              type="button"
              className="span-panel-link"
              onClick={() => onSelect(children[0]!)}
            >
              {formatCount(children.length)}, first {tree.name(children[0]!)}
            </button>
          )}
        </Fact>
        {span.statusMessage !== null && span.status !== 'error' && (
          <Fact label="Message">{span.statusMessage}</Fact>
        )}
      </dl>
    </>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** With all digits that are known, to read and to copy. */
function ExactTimes({ span }: { readonly span: SpanRecord }) {
  const digits = knownDigits(span);
  const startNs = epochNs(span.startMs, span.startRestNs);
  const endNs = span.endMs === null ? null : epochNs(span.endMs, span.endRestNs);
  const duration = endNs === null ? null : exactDuration(endNs - startNs, digits);
  return (
    <>
      <ExactTime label="Started" what="the start" ns={startNs} digits={digits} />
      {endNs !== null && <ExactTime label="Ended" what="the end" ns={endNs} digits={digits} />}
      {duration !== null && (
        <Fact label="Exact duration">
          {duration}
          <CopyValue what="the duration" said="The duration" text={duration} />
        </Fact>
      )}
    </>
  );
}

type ExactTimeProps = {
  readonly label: string;
  readonly what: string;
  readonly ns: bigint;
  readonly digits: Digits;
};

function ExactTime({ label, what, ns, digits }: ExactTimeProps) {
  const iso = exactIso(ns, digits);
  return (
    <Fact label={label}>
      <time dateTime={iso} title={iso}>
        {exactMoment(ns, digits)}
      </time>
      <CopyValue what={what} said="The time" text={iso} />
    </Fact>
  );
}
