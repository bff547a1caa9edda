import type { ReactNode } from 'react';
import type { Settings } from '../../../shared/settings.ts';
import { SECTION_NAMES } from '../../shell/places.ts';
import type { SettingsSection } from '../../store/route.ts';
import type { FieldErrors } from './validation.ts';

/** What every section of the form works on. */
export type SectionProps = {
  readonly draft: Settings;
  readonly errors: FieldErrors;
  readonly change: (patch: Partial<Settings>) => void;
};

type Props = { readonly id: SettingsSection; readonly note?: ReactNode; readonly children: ReactNode };

/** What belongs together under its name; links and the index lead here. */
export function Section({ id, note, children }: Props) {
  return (
    <section className="settings-section" aria-labelledby={id}>
      <div>
        <h2 id={id} tabIndex={-1}>
          {SECTION_NAMES[id]}
        </h2>
        {note !== undefined && <p className="small muted">{note}</p>}
      </div>
      {children}
    </section>
  );
}
