import './spanPanel.css';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { AttributeValue, Attributes } from '../../shared/span.ts';
import { formatDuration } from '../../shared/units.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { copyText } from './copyText.ts';
import { nodeFaults } from './flameModel.ts';
import { useTick } from './useClock.ts';

type Props = {
  readonly tree: TraceTree;
  readonly node: number;
  readonly clock: () => number;
  readonly live: boolean;
  readonly onSelect: (node: number) => void;
  readonly onClose: () => void;
  /** Instead of the view, which is too low for both: leads back to it. */
  readonly covers?: boolean;
};

const LONG_VALUE = 400;

/** Everything known of one span. */
export function SpanPanel({ tree, node, clock, live, onSelect, onClose, covers = false }: Props) {
  const span = tree.table.record(tree.row(node));
  const isOpen = span.endMs === null;
  useTick(live && isOpen, 250);
  const [copied, setCopied] = useState('');
  const nowMs = clock();
  const [traceStartMs] = tree.extent(nowMs);
  const parent = tree.parent(node);
  const children = tree.childrenOf(node);
  const faults = nodeFaults(tree, node);
  const length = (span.endMs ?? tree.originMs + nowMs) - span.startMs;

  const copy = async () => {
    setCopied((await copyText(JSON.stringify(span, null, 2))) ? 'Copied' : 'Could not copy');
    setTimeout(() => setCopied(''), 1500);
  };

  return (
    <aside className={`span-panel${covers ? ' is-covering' : ''}`} aria-label={`Span ${span.name}`}>
      <header>
        {covers && (
          <button
            type="button"
            className="span-panel-back"
            title="Back to the spans (Escape)"
            onClick={onClose}
          >
            ← Back
          </button>
        )}
        <h3>{span.name}</h3>
        <button type="button" onClick={() => void copy()}>
          {copied || 'Copy JSON'}
        </button>
        {!covers && (
          <button type="button" aria-label="Close the span" title="Close (Escape)" onClick={onClose}>
            ✕
          </button>
        )}
      </header>
      <div className="span-panel-body">
        {span.status === 'error' && (
          <p className="span-panel-note" data-tone="danger">
            <strong>Failed.</strong> {span.statusMessage ?? 'No message was recorded.'}
          </p>
        )}
        {faults.map((fault) => (
          <p key={fault} className="span-panel-note" data-tone="warning">
            {fault}.
          </p>
        ))}
        <dl className="span-panel-times">
          <Fact label={isOpen ? 'Open for' : 'Duration'}>{formatDuration(length)}</Fact>
          <Fact label="Self time">{formatDuration(tree.selfMs(node, nowMs))}</Fact>
          <Fact label="Starts at">{formatDuration(tree.startMs(node) - traceStartMs)}</Fact>
          <Fact label="Status">{isOpen ? 'open' : span.status}</Fact>
          <Fact label="Kind">{span.kind}</Fact>
          <Fact label="Started">
            <time dateTime={isoTime(span.startMs)}>{clockTime(span.startMs)}</time>
          </Fact>
        </dl>
        <dl className="span-panel-ids">
          <Fact label="Span id">
            <code>{span.spanId}</code>
          </Fact>
          <Fact label="Parent">
            {parent >= 0 ? (
              <button type="button" className="span-panel-link" onClick={() => onSelect(parent)}>
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
              <button type="button" className="span-panel-link" onClick={() => onSelect(children[0]!)}>
                {children.length}, first {tree.name(children[0]!)}
              </button>
            )}
          </Fact>
          {span.statusMessage !== null && span.status !== 'error' && (
            <Fact label="Message">{span.statusMessage}</Fact>
          )}
        </dl>
        {grouped(span.attributes).map(([group, entries]) => (
          <Section key={group} title={group}>
            <AttributeList entries={entries} />
          </Section>
        ))}
        {Object.keys(span.attributes).length === 0 && <p className="span-panel-none">No attributes.</p>}
        {span.events.length > 0 && (
          <Section title={`Events (${span.events.length})`}>
            <ol className="span-panel-list">
              {span.events.slice(0, 200).map((event, index) => (
                <li key={index}>
                  <div>
                    <strong>{event.name}</strong> <span>+{formatDuration(event.timeMs - span.startMs)}</span>
                  </div>
                  <AttributeList entries={Object.entries(event.attributes)} />
                </li>
              ))}
              {span.events.length > 200 && <li>and {span.events.length - 200} more, in the JSON copy</li>}
            </ol>
          </Section>
        )}
        {span.links.length > 0 && (
          <Section title={`Links (${span.links.length})`}>
            <ol className="span-panel-list">
              {span.links.map((link, index) => (
                <li key={index}>
                  <LinkTarget tree={tree} traceId={link.traceId} spanId={link.spanId} onSelect={onSelect} />
                  <AttributeList entries={Object.entries(link.attributes)} />
                </li>
              ))}
            </ol>
          </Section>
        )}
      </div>
    </aside>
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

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h4>{title}</h4>
      {children}
    </section>
  );
}

function AttributeList({ entries }: { readonly entries: readonly (readonly [string, AttributeValue])[] }) {
  if (entries.length === 0) return null;
  return (
    <dl className="span-panel-attributes">
      {entries.map(([key, value]) => (
        <Fact key={key} label={key}>
          <Value value={value} />
        </Fact>
      ))}
    </dl>
  );
}

function Value({ value }: { readonly value: AttributeValue }) {
  const [whole, setWhole] = useState(false);
  const text = Array.isArray(value) ? value.join(', ') : String(value);
  if (text.length <= LONG_VALUE || whole) return <code data-type={typeof value}>{text}</code>;
  return (
    <>
      <code data-type={typeof value}>{text.slice(0, LONG_VALUE)}…</code>{' '}
      <button type="button" className="span-panel-link" onClick={() => setWhole(true)}>
        all {text.length} characters
      </button>
    </>
  );
}

function LinkTarget(props: {
  readonly tree: TraceTree;
  readonly traceId: string;
  readonly spanId: string;
  readonly onSelect: (node: number) => void;
}) {
  const { tree, traceId, spanId, onSelect } = props;
  const node = traceId === tree.traceId ? tree.nodeOf(spanId) : -1;
  if (node < 0) return <code>{traceId === tree.traceId ? spanId : `${traceId} / ${spanId}`}</code>;
  return (
    <button type="button" className="span-panel-link" onClick={() => onSelect(node)}>
      {tree.name(node)}
    </button>
  );
}

/** Attributes by the first part of their key, groups and keys in order. */
export function grouped(attributes: Attributes): readonly (readonly [string, [string, AttributeValue][]])[] {
  const groups = new Map<string, [string, AttributeValue][]>();
  for (const key of Object.keys(attributes).sort()) {
    const group = key.includes('.') ? key.slice(0, key.indexOf('.')) : 'other';
    const entries = groups.get(group) ?? [];
    entries.push([key, attributes[key]!]);
    groups.set(group, entries);
  }
  return [...groups].sort(([a], [b]) => Number(a === 'other') - Number(b === 'other') || a.localeCompare(b));
}

function isoTime(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

function clockTime(epochMs: number): string {
  const iso = isoTime(epochMs);
  if (iso === '') return 'at no valid time';
  const date = new Date(epochMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${date.toLocaleDateString()} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
