/** Settings as they are typed, checked by the very schema that the main process applies. */
import { z } from 'zod';
import { LOOP_FAULT, pointsAtReceiver } from '../../../shared/receiverLoop.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import type { Settings } from '../../../shared/settings.ts';

// The page's policy forbids `eval`, which zod would otherwise try for speed.
z.config({ jitless: true });

export type FieldErrors = Readonly<Record<string, string>>;

/** Faults by path (`server.baseUrl`), in words; empty where there are none. */
export function settingsErrors(draft: Settings): FieldErrors {
  const result = settingsSchema.safeParse(draft);
  const errors: Record<string, string> = {};
  if (!result.success) {
    for (const issue of result.error.issues) errors[issue.path.join('.')] ??= wordsFor(issue);
  }
  draft.prices.forEach(({ model }, index) => {
    if (draft.prices.findIndex((price) => price.model.trim() === model.trim()) < index) {
      errors[`prices.${index}.model`] ??= 'This model is in the table already.';
    }
  });
  const { http, grpc } = draft.receiver;
  if (http.enabled && grpc.enabled && http.port === grpc.port)
    errors['receiver.grpc.port'] ??= 'HTTP has this port already.';
  draft.telemetry.exporters.forEach((exporter, index) => {
    if (pointsAtReceiver(exporter, draft.receiver))
      errors[`telemetry.exporters.${index}.endpoint`] ??= LOOP_FAULT;
  });
  return errors;
}

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') {
    return issue.origin === 'string' ? 'This must not be empty.' : `At least ${format(issue.minimum)}.`;
  }
  if (issue.code === 'too_big') {
    return issue.origin === 'string'
      ? `At most ${format(issue.maximum)} characters.`
      : `At most ${format(issue.maximum)}.`;
  }
  if (issue.code === 'invalid_format') return 'Enter an address such as http://127.0.0.1:11434/v1.';
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' ? 'Enter a whole number.' : 'Enter a number.';
  return issue.message;
}

const format = (value: number | bigint) => value.toLocaleString('en');
