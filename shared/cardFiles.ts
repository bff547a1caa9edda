/** What tells a file of cards from a list to make cards of, by how it begins. */

const ANKI_HEADERS = new Set([
  'separator',
  'html',
  'tags',
  'columns',
  'notetype',
  'deck',
  'notetype column',
  'deck column',
  'tags column',
  'guid column',
  'if matches',
]);

/** Whether a text begins with one of Anki's header lines; a list of words does not. */
export function hasAnkiHeaders(head: string): boolean {
  const name = /^\ufeff?#([a-z ]+):/iu.exec(head)?.[1];
  return name !== undefined && ANKI_HEADERS.has(name.trim().toLowerCase());
}

/** Whether a text begins as our own export of cards in JSON does. */
export function isCardJson(head: string): boolean {
  return /^\ufeff?\s*\[\s*\{/u.test(head) && /"(?:front|noteId)"\s*:/u.test(head);
}
