import './spanPanel.css';
import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { ATTR } from '../../shared/span.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { formatCount } from '../../shared/units.ts';
import { useStore } from '../store/index.ts';
import { useAsked } from '../bridge.ts';
import { SearchBox } from '../ui/SearchBox.tsx';
import { nodeFaults } from '../flame/flameModel.ts';
import { AttributeList } from './SpanAttributes.tsx';
import { Exception, SpanEvents } from './SpanEvents.tsx';
import { SpanFacts } from './SpanFacts.tsx';
import { attributeGroups, filteredGroups, splitBaggage } from './spanGroups.ts';
import type { AttributeGroup } from './spanGroups.ts';
import { SpanJumps } from './SpanJumps.tsx';
import { SpanLinks } from './SpanLinks.tsx';
import { SpanStanding } from './SpanStanding.tsx';
import { useTick } from '../waterfall/useClock.ts';

type Props = {
  readonly tree: TraceTree;
  readonly node: number;
  readonly clock: () => number;
  readonly live: boolean;
  readonly onSelect: (node: number) => void;
  readonly onClose: () => void;
  /** Shows one operation alone. */
  readonly onOnly?: (operation: string) => void;
  /** Instead of the view, which is too low for both: leads back to it. */
  readonly covers?: boolean;
  readonly compact?: boolean;
};

/** From here on the attributes have a field to find one. */
const MANY_ATTRIBUTES = 14;
const NO_NAMES: readonly string[] = [];

/** Everything known of one span. */
export function SpanPanel(props: Props) {
  const { tree, node, clock, live, onSelect, onClose, onOnly, covers = false, compact = false } = props;
  const span = tree.table.record(tree.row(node));
  const isOpen = span.endMs === null;
  useTick(live && isOpen, 250);
  const { traceId, spanId } = span;
  const service = tree.table.serviceOf(tree.row(node));
  const back = useAsked(/^[0-9a-f]{16}$/.test(spanId) ? `${traceId} ${spanId}` : null, (api) =>
    api.backLinks({ traceId, spanId }),
  );
  const linkCount = span.links.length + (back.value?.length ?? 0);
  return (
    <aside className={`span-panel${covers ? ' is-covering' : ''}`} aria-label={`Span ${span.name}`}>
      <header>
        {covers && (
          <button
            data-action="Back"
            type="button"
            className="span-panel-back"
            title="Back to the spans (Escape)"
            onClick={onClose}
          >
            ← Back
          </button>
        )}
        <h3 dir="auto">{span.name}</h3>
        <SpanJumps span={span} service={service} onOnly={compact ? undefined : onOnly} />
        {!covers && (
          <button
            data-action="Close the span"
            type="button"
            aria-label="Close the span"
            title="Close (Escape)"
            onClick={onClose}
          >
            ✕
          </button>
        )}
      </header>
      <div className="span-panel-body">
        <Notes tree={tree} node={node} span={span} />
        <SpanFacts tree={tree} node={node} span={span} service={service} clock={clock} onSelect={onSelect} />
        <SpanStanding
          service={service}
          name={span.name}
          durationMs={span.endMs === null ? null : lengthMs(span.startMs, span.endMs)}
        />
        <Attributes span={span} />
        {span.events.length > 0 && (
          <Section title={`Events (${formatCount(span.events.length)})`} note={leftOut(span, 'events')}>
            <SpanEvents events={span.events} startMs={span.startMs} />
          </Section>
        )}
        {linkCount > 0 && (
          <Section title={`Links (${formatCount(linkCount)})`} note={leftOut(span, 'links')}>
            <SpanLinks tree={tree} links={span.links} back={back.value ?? []} onSelect={onSelect} />
          </Section>
        )}
        <OriginSections span={span} service={service} />
      </div>
    </aside>
  );
}

/** What went wrong, and what is odd. */
function Notes({
  tree,
  node,
  span,
}: {
  readonly tree: TraceTree;
  readonly node: number;
  readonly span: SpanRecord;
}) {
  const faults = nodeFaults(tree, node);
  const hasException =
    span.attributes[ATTR.exceptionType] !== undefined &&
    !span.events.some(({ name }) => name === 'exception');
  return (
    <>
      {span.status === 'error' && (
        <div className="span-panel-note" data-tone="danger">
          <strong>Failed.</strong> <span dir="auto">{span.statusMessage ?? 'No message was recorded.'}</span>
        </div>
      )}
      {hasException && <Exception attributes={exceptionOf(span)} />}
      {faults.map((fault) => (
        <p key={fault} className="span-panel-note" data-tone="warning">
          {fault}.
        </p>
      ))}
    </>
  );
}

function exceptionOf({ attributes }: SpanRecord) {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key.startsWith('exception.')));
}

function Attributes({ span }: { readonly span: SpanRecord }) {
  const [wanted, setWanted] = useState('');
  const names = useStore((state) => state.settings?.telemetry.baggageAttributes ?? NO_NAMES);
  const { attributes } = span;
  const { own, baggage } = useMemo(() => splitBaggage(attributes, names), [attributes, names]);
  const all = useMemo((): readonly AttributeGroup[] => {
    const copied = attributeGroups(baggage).flatMap(({ entries }) => entries);
    return [...attributeGroups(own), ...(copied.length > 0 ? [{ title: 'Baggage', entries: copied }] : [])];
  }, [own, baggage]);
  const count = Object.keys(attributes).length;
  const shown = filteredGroups(all, wanted);
  return (
    <>
      {count >= MANY_ATTRIBUTES && (
        <SearchBox
          className="span-panel-filter"
          label="Find among the attributes"
          placeholder={`Find among ${formatCount(count)} attributes`}
          value={wanted}
          onText={setWanted}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || wanted === '') return;
            setWanted('');
            event.stopPropagation();
          }}
        />
      )}
      {shown.map(({ title, entries }) => (
        <Section key={title} title={title}>
          <AttributeList entries={entries} />
        </Section>
      ))}
      {count > 0 && shown.length === 0 && <p className="span-panel-none">No attribute has that.</p>}
      {count === 0 && <p className="span-panel-none">No attributes.</p>}
      {leftOut(span, 'attributes') !== null && (
        <p className="span-panel-none">{leftOut(span, 'attributes')}</p>
      )}
    </>
  );
}

/** Who recorded it. */
function OriginSections({ span, service }: { readonly span: SpanRecord; readonly service: string }) {
  const { origin, traceState } = span;
  return (
    <>
      <Section title="Resource">
        {origin === undefined ? (
          <p className="span-panel-none">{service}: recorded by this program itself.</p>
        ) : (
          <AttributeList entries={attributeGroups(origin.resource).flatMap(({ entries }) => entries)} />
        )}
      </Section>
      {origin !== undefined && origin.scope.name !== '' && (
        <Section title="Scope">
          <p className="span-panel-scope">
            <code>{origin.scope.name}</code> {origin.scope.version}
          </p>
        </Section>
      )}
      {traceState !== undefined && traceState !== '' && (
        <Section title="Trace state">
          <ul className="span-panel-list">
            {traceState.split(',').map((member) => (
              <li key={member}>
                <code>{member.trim()}</code>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function leftOut({ dropped }: SpanRecord, what: 'attributes' | 'events' | 'links'): string | null {
  const count = dropped?.[what] ?? 0;
  return count === 0 ? null : `${formatCount(count)} more ${what} were dropped by the recorder's own limits.`;
}

function Section(props: {
  readonly title: string;
  readonly note?: string | null;
  readonly children: ReactNode;
}) {
  return (
    <section>
      <h4>{props.title}</h4>
      {props.children}
      {props.note != null && <p className="span-panel-none">{props.note}</p>}
    </section>
  );
}
