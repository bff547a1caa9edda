/**
 * Masks of image occlusion notes, `{{c1::image-occlusion:rect:left=.1:top=.2:width=.3:height=.1:oi=1}}`, as a drawing over
 * their picture: in Anki a script draws them, and scripts never run here. Places and sizes are parts of the picture's.
 *
 *     <div class="occlusion"> picture <svg class="occlusion-masks"> rect, ellipse, text, svg > polygon </svg> </div>
 */
import { parseCloze } from '../../shared/cloze.ts';
import type { ClozeGap } from '../../shared/cloze.ts';

type Shape = {
  /** The cards that ask for it; 0 for what is seen on every card. */
  readonly numbers: readonly number[];
  readonly kind: string;
  readonly values: ReadonlyMap<string, string>;
};
type Look = { readonly name: 'asked' | 'other' | 'shown'; readonly fill: string; readonly stroke: string };

/** As Anki has them where the notetype's style says nothing else. */
const ASKED: Look = { name: 'asked', fill: '#ff8e8e', stroke: '#212121' };
const OTHER: Look = { name: 'other', fill: '#ffeba2', stroke: '#212121' };
const SHOWN: Look = { name: 'shown', fill: 'none', stroke: '#ff8e8e' };

const MARK = 'image-occlusion:';
const MAX_SHAPE = 4000;
const MAX_SHAPES = 500;
const MAX_POINTS = 200;
const CANVAS = /<canvas\b[^>]{0,500}\bid=["']?image-occlusion-canvas\b[^>]{0,500}>(?:\s{0,99}<\/canvas>)?/i;
const CONTAINER = /<div\b(?=[^>]{0,500}\bid=["']?image-occlusion-container\b)/i;
/** Shows and hides masks by a script. */
const TOGGLE = /<button\b[^>]{0,500}\bid=["']?toggle\b[^>]{0,500}>[^<]{0,200}<\/button>/i;

/** Whether a gap is a mask and no text. */
export function isMask({ parts: [only] }: ClozeGap): boolean {
  return typeof only === 'string' && only.startsWith(MARK);
}

/**
 * A side of a card with the masks of its note drawn where its template has Anki's canvas; any other side as it is.
 * The asked ones cover their places in front and frame them behind; the others cover theirs where their note says so.
 */
export function drawMasks(
  html: string,
  fields: Iterable<string>,
  asked: number,
  side: 'front' | 'back',
): string {
  if (!html.includes('image-occlusion-canvas')) return html;
  const drawn = [...fields]
    .flatMap(shapesOf)
    .slice(0, MAX_SHAPES)
    .map((shape) => draw(shape, asked, side));
  const svg = `<svg class="occlusion-masks" width="100%" height="100%">${drawn.join('')}</svg>`;
  return html
    .replace(CANVAS, () => svg)
    .replace(CONTAINER, '<div class="occlusion"')
    .replace(TOGGLE, '');
}

function shapesOf(field: string): Shape[] {
  if (!field.includes(MARK)) return [];
  return parseCloze(field).flatMap((part) => {
    if (typeof part === 'string' || !isMask(part)) return [];
    const text = part.parts[0] as string;
    if (text.length > MAX_SHAPE) return [];
    // A colon within a value has a backslash before it.
    const [, kind = '', ...properties] = text.split(/(?<!\\):/);
    const values = properties.map((property) => {
      const at = property.indexOf('=');
      return [property.slice(0, Math.max(at, 0)), property.slice(at + 1).replaceAll('\\:', ':')] as const;
    });
    return [{ numbers: part.numbers, kind, values: new Map(values) }];
  });
}

function draw(shape: Shape, asked: number, side: 'front' | 'back'): string {
  const isAsked = shape.numbers.includes(asked);
  const isAlways = shape.numbers.includes(0);
  if (!isAsked && !isAlways && shape.kind !== 'text' && shape.values.get('oi') !== '1') return '';
  const look = isAlways || (isAsked && side === 'front') ? ASKED : isAsked ? SHOWN : OTHER;
  const number = (name: string) => numberOf(shape.values.get(name));
  const percent = (name: string) => `${round(100 * number(name))}%`;
  const turned = number('angle');
  const turn =
    turned === 0
      ? ''
      : ` transform="rotate(${round(turned)})" transform-origin="${percent('left')} ${percent('top')}"`;
  const own = shape.values.get('fill') ?? '';
  const isOwn = look !== SHOWN && /^#[0-9a-f]{3,8}$/i.test(own);
  const fill = isOwn ? own : look.fill;
  // Those without a colour of their own have the notetype's.
  const paint = ` class="mask-${isOwn ? 'own' : look.name}" fill="${fill}" stroke="${look.stroke}"${turn}`;
  switch (shape.kind) {
    case 'rect': {
      const place = `x="${percent('left')}" y="${percent('top')}"`;
      return `<rect ${place} width="${percent('width')}" height="${percent('height')}"${paint}></rect>`;
    }
    case 'ellipse': {
      const centre = (at: string, radius: string) => `${round(100 * (number(at) + number(radius)))}%`;
      const place = `cx="${centre('left', 'rx')}" cy="${centre('top', 'ry')}"`;
      return `<ellipse ${place} rx="${percent('rx')}" ry="${percent('ry')}"${paint}></ellipse>`;
    }
    case 'polygon': {
      const points = (shape.values.get('points') ?? '')
        .trim()
        .split(/\s+/)
        .slice(0, MAX_POINTS)
        .map((point) =>
          point
            .split(',')
            .map((part) => round(numberOf(part)))
            .slice(0, 2)
            .join(','),
        );
      // Points are no percentages: they have a drawing of their own, one wide and one high.
      return `<svg width="100%" height="100%" viewBox="0 0 1 1" preserveAspectRatio="none"><polygon points="${points.join(' ')}" vector-effect="non-scaling-stroke"${paint}></polygon></svg>`;
    }
    case 'text': {
      const words = escapeText(shape.values.get('text') ?? '');
      const place = `x="${percent('left')}" y="${percent('top')}"`;
      return `<text ${place} dominant-baseline="hanging" class="mask-text"${turn}>${words}</text>`;
    }
    default:
      return '';
  }
}

/** Within a few pictures of the picture. */
function numberOf(value: string | undefined): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? Math.min(Math.max(number, -360), 360) : 0;
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** Fields are HTML, and so are the words in them; tags there are none. */
function escapeText(html: string): string {
  return html.replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
