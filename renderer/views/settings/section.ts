import type { Settings } from '../../../shared/settings.ts';
import type { FieldErrors } from './validation.ts';

/** What every section of the form works on. */
export type SectionProps = {
  readonly draft: Settings;
  readonly errors: FieldErrors;
  readonly change: (patch: Partial<Settings>) => void;
};
