/**
 * Colours by operation name: the same name has the same colour in every view of the window. Ten hues of
 * changing lightness, so that people who see no red and green still tell most apart; red belongs to errors.
 */
import { SPAN } from '../../shared/span.ts';

export type ThemeName = 'light' | 'dark';
/** sRGB, 0..255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** OKLCH hue in degrees, and lightness in the light and the dark theme. */
const HUES: readonly (readonly [hue: number, light: number, dark: number])[] = [
  [258, 0.8, 0.5], // blue
  [75, 0.86, 0.52], // amber
  [175, 0.82, 0.47], // teal
  [305, 0.76, 0.47], // purple
  [125, 0.88, 0.51], // lime
  [220, 0.87, 0.53], // sky
  [345, 0.83, 0.52], // pink
  [150, 0.73, 0.41], // green
  [50, 0.77, 0.46], // orange
  [285, 0.88, 0.55], // lavender
];
const CHROMA: Readonly<Record<ThemeName, number>> = { light: 0.095, dark: 0.095 };
export const PALETTE_SIZE = HUES.length;

const fixed: Readonly<Record<string, number>> = {
  [SPAN.run]: 0,
  [SPAN.item]: 9,
  [SPAN.analyse]: 2,
  [SPAN.write]: 3,
  [SPAN.cacheGet]: 1,
  [SPAN.cacheSet]: 8,
  [SPAN.generate]: 4,
  [SPAN.saveNote]: 5,
};
const given = new Map<string, number>(Object.entries(fixed));
/** Names beyond this many share colours by hash alone. */
const MAX_REMEMBERED = 10_000;

/** A name's place in the palette: fixed for our own names, else by hash, moved on while the place is taken. */
export function colourIndex(name: string): number {
  const known = given.get(name);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  let place = (hash >>> 0) % PALETTE_SIZE;
  if (given.size >= MAX_REMEMBERED) return place;
  const uses = new Array<number>(PALETTE_SIZE).fill(0);
  for (const taken of given.values()) uses[taken]! += 1;
  const least = Math.min(...uses);
  while (uses[place]! > least) place = (place + 1) % PALETTE_SIZE;
  given.set(name, place);
  return place;
}

/** The palette of a theme, in order of `colourIndex`. */
export function paletteColours(theme: ThemeName): readonly Rgb[] {
  return HUES.map(([hue, light, dark]) => oklch(theme === 'light' ? light : dark, CHROMA[theme], hue));
}

/** CSS form, for legends and charts. */
export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** `share` of `over` laid on `under`. */
export function mixColours(under: Rgb, over: Rgb, share: number): Rgb {
  return [0, 1, 2].map((i) => Math.round(under[i]! + (over[i]! - under[i]!) * share)) as unknown as Rgb;
}

/** Contrast ratio of WCAG 2.2, 1..21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const v = part / 255;
    return v <= 0.040_45 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Oklab's published matrices (Ottosson 2020); out-of-gamut parts are clipped. */
function oklch(lightness: number, chroma: number, hueDegrees: number): Rgb {
  const a = chroma * Math.cos((hueDegrees * Math.PI) / 180);
  const b = chroma * Math.sin((hueDegrees * Math.PI) / 180);
  const l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b) ** 3;
  const m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b) ** 3;
  const s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b) ** 3;
  const linear = [
    4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
    -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
    -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
  ];
  return linear.map((v) => {
    const gamma = v <= 0.003_130_8 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, Math.max(0, gamma)));
  }) as unknown as Rgb;
}
