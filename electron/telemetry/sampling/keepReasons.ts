/** Why the tail sampler keeps a trace. */
import type { Attributes } from '../../../shared/span.ts';
import type { TailSampling } from '../../../shared/telemetrySettings.ts';

export const KEEP_REASONS = [
  'error',
  'attribute',
  'slow',
  /** One of the first traces of its name: nothing is known yet about how long they take. */
  'new',
  'ratio',
  /** Larger than `maxHeldSpans`. */
  'size',
  /** Older than `waitMs`. */
  'wait',
  /** More traces were undecided than are waited for. */
  'room',
  /** It was under way before the sampler was: what it had until then is not known. */
  'underway',
  /** The sampler became inactive. */
  'off',
] as const;
export type KeepReason = (typeof KEEP_REASONS)[number];

/** Whether one of these attributes is among them; lists count by what is in them. */
export function hasWantedAttribute(attributes: Attributes, wanted: TailSampling['attributes']): boolean {
  for (const { key, value } of wanted) {
    if (!Object.hasOwn(attributes, key)) continue;
    const found = attributes[key];
    if (
      value === null ||
      (Array.isArray(found) ? found.map(String).includes(value) : String(found) === value)
    )
      return true;
  }
  return false;
}
