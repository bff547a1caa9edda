const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** The words of a side in HTML, on one line: for lists, which must not parse thousands of cards. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<(?:style|script)\b[^]*?<\/(?:style|script)>/gi, ' ')
    .replaceAll(/<rt\b[^]*?<\/rt>/gi, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\[sound:[^\]]*\]/g, '♪')
    .replaceAll(
      /&(#x?[0-9a-f]+|[a-z]+);/gi,
      (entity, name: string) => ENTITIES[name.toLowerCase()] ?? code(name) ?? entity,
    )
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function code(name: string): string | undefined {
  if (!name.startsWith('#')) return undefined;
  const value = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return value > 0 && value <= 0x10ffff ? String.fromCodePoint(value) : undefined;
}
