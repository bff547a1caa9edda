import { useEffect, useState } from 'react';
import type { TraceStoreStatus } from '../../../shared/traceQuery.ts';
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { loadStoreStatus } from '../../store/traceCommands.ts';
import { formatWhen } from '../../derive/clock.ts';
import { NoiseRules } from './NoiseRules.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

const MB = 1e6;

/** How much of the traces is kept, and what of it is not shown. */
export function TracesSection({ draft, errors, change }: SectionProps) {
  const { traces } = draft;
  const set = (patch: Partial<typeof traces>) => change({ traces: { ...traces, ...patch } });
  return (
    <>
      <Section id="traces" note="Whichever limit is reached first: the oldest traces go, pinned ones stay.">
        <div className="settings-fields">
          <NumberField
            label="At most, MB"
            value={traces.maxBytes / MB}
            note={formatBytes(traces.maxBytes)}
            error={errors['traces.maxBytes'] && 'Between 1 and 1,000,000 MB.'}
            onChange={(mb) => set({ maxBytes: Math.round(mb * MB) })}
          />
          <NumberField
            label="Kept for, days"
            value={traces.maxDays}
            error={errors['traces.maxDays'] && 'Between 0.01 and 36,500 days.'}
            onChange={(maxDays) => set({ maxDays })}
          />
          <StoreFigures />
        </div>
      </Section>
      <Section
        id="noise"
        note="What the viewer leaves out of lists and out of traces. Nothing is deleted: lists say how many there are, and one click shows them."
      >
        <NoiseRules rules={traces.noise} errors={errors} onChange={(noise) => set({ noise })} />
      </Section>
    </>
  );
}

/** What the store holds now. */
function StoreFigures() {
  const [status, setStatus] = useState<TraceStoreStatus | null>(null);
  useEffect(() => {
    let isWanted = true;
    void loadStoreStatus().then((found) => isWanted && found !== undefined && setStatus(found));
    return () => {
      isWanted = false;
    };
  }, []);
  if (status === null) return null;
  const { bytes, maxBytes, traces, pinnedTraces, spans, oldestMs, prunedTraces } = status;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['In use', `${formatBytes(bytes)} of ${formatBytes(maxBytes)}`],
    ['Traces', `${formatCount(traces)}${pinnedTraces > 0 ? `, ${formatCount(pinnedTraces)} pinned` : ''}`],
    ['Spans', formatCount(spans)],
    ['Oldest', oldestMs === null ? '–' : formatWhen(oldestMs)],
    ['Pruned so far', `${formatCount(prunedTraces)} traces`],
  ];
  return (
    <dl className="settings-wide facts span-counts" data-testid="store-figures">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
