/** The drawing of masks over a picture (electron/anki/occlusion.ts): what of SVG may stand in a sheet. */

export const MASK_TAGS: ReadonlySet<string> = new Set(['svg', 'rect', 'ellipse', 'polygon', 'text']);
const NUMBERS = new Set(
  (
    'x y width height cx cy rx ry points viewbox preserveaspectratio transform transform-origin vector-effect ' +
    'dominant-baseline'
  ).split(' '),
);
const COLOURS = new Set(['fill', 'stroke']);

/** Whether a tag begins such a drawing. */
export function isMasks(name: string, attributes: Readonly<Record<string, string>>): boolean {
  return name === 'svg' && attributes['class'] === 'occlusion-masks';
}

/** Places, sizes and plain colours. */
export function maskAttributes(attributes: Readonly<Record<string, string>>): string {
  let out = '';
  for (const [name, value] of Object.entries(attributes)) {
    const isKept =
      (NUMBERS.has(name) && /^[\w%., ()-]{1,4000}$/u.test(value)) ||
      (COLOURS.has(name) && /^(?:#[0-9a-f]{3,8}|none)$/iu.test(value)) ||
      (name === 'class' && /^(?:occlusion-masks|mask-[a-z]{1,10})$/u.test(value));
    if (isKept) out += ` ${name}="${value}"`;
  }
  return out;
}
