import { formatBytes } from '../../../shared/units.ts';
import { CacheContents } from './CacheContents.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

const MB = 1e6;

/** How much of what was made once is kept. */
export function CacheSection({ draft, errors, change }: SectionProps) {
  const { cache } = draft;
  return (
    <Section id="cache" note="A list that was seen before costs neither time nor tokens.">
      <div className="settings-fields">
        <NumberField
          label="In memory, MB"
          value={cache.memoryBytes / MB}
          note={`${formatBytes(cache.memoryBytes)}; 0 switches it off.`}
          error={errors['cache.memoryBytes'] && 'Between 0 and 4,000 MB.'}
          onChange={(mb) => change({ cache: { ...cache, memoryBytes: Math.round(mb * MB) } })}
        />
        <NumberField
          label="On disk, MB"
          value={cache.diskBytes / MB}
          note={formatBytes(cache.diskBytes)}
          error={errors['cache.diskBytes'] && 'Between 0 and 1,000,000 MB.'}
          onChange={(mb) => change({ cache: { ...cache, diskBytes: Math.round(mb * MB) } })}
        />
        <NumberField
          label="Kept for, days"
          value={cache.ttlDays}
          error={errors['cache.ttlDays']}
          onChange={(ttlDays) => change({ cache: { ...cache, ttlDays } })}
        />
        <p className="settings-wide small faint">New limits hold from the next start on.</p>
        <CacheContents />
      </div>
    </Section>
  );
}
