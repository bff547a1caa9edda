/** What a Claude model takes of the Messages API. Models differ in sampling, thinking and effort. */
import { createDialectMemory } from '../dialects.ts';
import type { Dialects, Refusal } from '../dialects.ts';

export type MessagesDialect = {
  /** Older models are not held to a schema; they are shown it. */
  readonly format: 'json_schema' | 'plain';
  /** Newer models take none. */
  readonly temperature: boolean;
  /** The least that the model can be asked to think; `null` leaves it to the model. */
  readonly thinking: 'disabled' | 'between_tools' | null;
  /** For models that always think. */
  readonly effort: 'low' | null;
};
export type MessagesDialects = Dialects<MessagesDialect>;

const BEST: MessagesDialect = {
  format: 'json_schema',
  temperature: true,
  thinking: 'disabled',
  effort: null,
};

export const createMessagesDialects = (): MessagesDialects => createDialectMemory(BEST, simplerDialect);

/** What this process has learned. */
export const sharedMessagesDialects: MessagesDialects = createMessagesDialects();

function simplerDialect(used: MessagesDialect, refusal: Refusal): MessagesDialect | null {
  if (used.temperature && refusal.mentions(/temperature|sampling/i)) return { ...used, temperature: false };
  if (used.thinking !== null && refusal.mentions(/thinking/i)) {
    const canHoldBack = used.thinking === 'disabled' && refusal.mentions(/between_tools/);
    return canHoldBack ? { ...used, thinking: 'between_tools' } : { ...used, thinking: null, effort: 'low' };
  }
  if (used.effort !== null && refusal.mentions(/effort/i)) return { ...used, effort: null };
  if (
    used.format !== 'plain' &&
    refusal.mentions(/output_config|output_format|json_schema|schema|structured/i)
  ) {
    return { ...used, format: 'plain' };
  }
  return null;
}
