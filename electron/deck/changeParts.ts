/** What changed of a note, card or deck, and what of a change can be taken back: parts by name, before and after. */

export type Parts = Readonly<Record<string, unknown>>;

/** Whether a change of a card is one of its note: of what goes out to Anki and to files, which know notes alone. */
export function isSaid(parts: Parts): boolean {
  return 'front' in parts || 'back' in parts || 'quote' in parts || 'status' in parts;
}

export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}

/** The parts of `wanted` that are not so yet, as they are and as they will be; `null` for none. */
export function differing(now: Parts, wanted: Parts): { before: Parts; after: Parts } | null {
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  let any = false;
  for (const [part, value] of Object.entries(wanted)) {
    if (value === undefined || isSame(now[part], value)) continue;
    before[part] = now[part];
    after[part] = value;
    any = true;
  }
  return any ? { before, after } : null;
}

/** What of `old` can be put back: the parts that are still as they were `made`; the others are named. */
export function standing(
  now: Parts,
  old: Parts,
  made: Parts,
): { parts: Record<string, unknown>; left: string[] } {
  const parts: Record<string, unknown> = {};
  const left: string[] = [];
  for (const [part, value] of Object.entries(old)) {
    if (isSame(now[part], value)) continue;
    // Warnings follow from the texts, whoever wrote them last.
    if (part === 'warnings' || isSame(now[part], made[part])) parts[part] = value;
    else left.push(part);
  }
  return { parts, left };
}

const NAMES: Readonly<Record<string, string>> = {
  memory: 'schedule',
  fields: 'text',
  front: 'text',
  back: 'text',
};

export function since(parts: readonly string[]): string {
  return `Changed since: ${[...new Set(parts.map((part) => NAMES[part] ?? part))].join(', ')}.`;
}
