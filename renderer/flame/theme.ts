/** What the canvas needs of the theme, worked out once a theme change: packed fills and readable text on them. */
import { contrast, cssColour, mixColours, PALETTE_SIZE, paletteColours } from '../derive/palette.ts';
import type { Rgb, ThemeName } from '../derive/palette.ts';

export type BaseColours = {
  readonly background: Rgb;
  readonly text: Rgb;
  readonly muted: Rgb;
  readonly border: Rgb;
  readonly accent: Rgb;
  readonly danger: Rgb;
};

export type FlameTheme = {
  readonly name: ThemeName;
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly selection: string;
  readonly errorMark: string;
  /** Palette colours, the error fill, then `CHANGE_FILLS`: little-endian RGBA as canvas pixels have it. */
  readonly fills: Uint32Array;
  /** The same for what a search did not find. */
  readonly dimFills: Uint32Array;
  /** Text on each fill, at 4.5:1 or more. */
  readonly textOn: readonly string[];
  readonly font: string;
};

/** Place of the error fill. */
export const ERROR_FILL = PALETTE_SIZE;
/** Steps from much less (blue) over no change to much more (orange): told apart by everybody, and by lightness alone. */
export const CHANGE_STEPS = 4;
/** Place of the fill for no change; less lies before it, more behind it. */
export const NO_CHANGE_FILL = ERROR_FILL + 1 + CHANGE_STEPS;

const CHANGES: Readonly<Record<ThemeName, readonly Rgb[]>> = {
  light: [
    [42, 104, 176],
    [104, 154, 210],
    [156, 191, 229],
    [205, 222, 242],
    [228, 228, 223],
    [251, 225, 192],
    [246, 194, 130],
    [234, 158, 76],
    [206, 116, 22],
  ],
  dark: [
    [122, 174, 240],
    [66, 112, 178],
    [54, 88, 138],
    [54, 70, 96],
    [64, 68, 66],
    [90, 72, 48],
    [122, 86, 38],
    [160, 104, 32],
    [232, 160, 70],
  ],
};
/** Forced colours: fills must not be told apart by hue, as the user's two colours are all there is. */
const FORCED_SHARES = [0.12, 0.2];

const BLACK: Rgb = [16, 20, 24];
const WHITE: Rgb = [255, 255, 255];
const BLUSH: Rgb = [255, 224, 216];

export function flameTheme(base: BaseColours, font = 'system-ui, sans-serif', isForced = false): FlameTheme {
  const name: ThemeName =
    contrast(base.background, WHITE) > contrast(base.background, BLACK) ? 'dark' : 'light';
  const error =
    name === 'light' ? mixColours(base.danger, BLUSH, 0.52) : mixColours(base.danger, BLACK, 0.38);
  const fills = isForced ? forcedFills(base) : [...paletteColours(name), error, ...CHANGES[name]];
  const pale = fills.map((fill) => mixColours(base.background, fill, name === 'light' ? 0.28 : 0.3));
  return {
    name,
    background: cssColour(base.background),
    text: cssColour(base.text),
    muted: cssColour(base.muted),
    grid: cssColour(mixColours(base.background, base.border, 0.7)),
    selection: cssColour(isForced ? base.accent : base.text),
    errorMark: cssColour(
      isForced
        ? base.text
        : name === 'light'
          ? mixColours(base.danger, BLACK, 0.25)
          : mixColours(base.danger, WHITE, 0.25),
    ),
    fills: Uint32Array.from(fills, packed),
    dimFills: Uint32Array.from(pale, packed),
    textOn: fills.map((fill) => cssColour(contrast(fill, BLACK) >= contrast(fill, WHITE) ? BLACK : WHITE)),
    font,
  };
}

function forcedFills({ background, text }: BaseColours): readonly Rgb[] {
  const count = NO_CHANGE_FILL + CHANGE_STEPS + 1;
  return Array.from({ length: count }, (_, place) =>
    mixColours(background, text, place === ERROR_FILL ? 0.3 : FORCED_SHARES[place % 2]!),
  );
}

function packed([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The theme in force at an element: whatever syntax the custom properties use, the browser resolves them. */
export function readTheme(element: Element): FlameTheme {
  const style = getComputedStyle(element);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const read = (property: string, fallback: string): Rgb => {
    if (context === null) return [128, 128, 128];
    context.fillStyle = fallback;
    context.fillStyle = style.getPropertyValue(property).trim() || fallback;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue];
  };
  return flameTheme(
    {
      background: read('--tv-surface', '#ffffff'),
      text: read('--tv-text', '#1b1f24'),
      muted: read('--tv-muted', '#57606a'),
      border: read('--tv-border', '#d8dee4'),
      accent: read('--tv-accent', '#0969da'),
      danger: read('--tv-danger', '#c0362c'),
    },
    style.fontFamily || undefined,
    matchMedia('(forced-colors: active)').matches,
  );
}
