import { describe, expect, it } from 'vitest';
import { paletteColours, contrast, colourIndex, PALETTE_SIZE } from '../../../renderer/derive/palette.ts';
import type { Rgb, ThemeName } from '../../../renderer/derive/palette.ts';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { ENTRY_ADDED, ENTRY_REMOVED } from '../../../renderer/derive/tracks.ts';
import { draw } from '../../../renderer/flame/draw.ts';
import type { Scene } from '../../../renderer/flame/draw.ts';
import { Boxes, layout } from '../../../renderer/flame/layout.ts';
import type { FlameContext, Surface } from '../../../renderer/flame/surface.ts';
import { flameTheme } from '../../../renderer/flame/theme.ts';
import { spanTree } from '../../fixtures/spanTree.ts';

const base = (name: ThemeName) => ({
  background: (name === 'light' ? [255, 255, 255] : [25, 29, 27]) as Rgb,
  text: (name === 'light' ? [27, 31, 36] : [232, 235, 230]) as Rgb,
  muted: [110, 118, 125] as Rgb,
  border: [200, 205, 210] as Rgb,
  accent: [11, 107, 98] as Rgb,
  danger: (name === 'light' ? [172, 42, 32] : [255, 146, 136]) as Rgb,
});

/** Six pixels a character, Hangul and the like twelve. */
const widthOf = (text: string) => [...text].reduce((sum, character) => sum + (character > '⺀' ? 12 : 6), 0);

/** A context that writes down what it is told. */
function recorder() {
  const log: string[] = [];
  let pixels = new Uint32Array(0);
  let stripWidth = 0;
  const state: Record<string, unknown> = { font: '', fillStyle: '', globalAlpha: 1 };
  const context = new Proxy(state, {
    get(target, key: string) {
      if (key === 'measureText') return (text: string) => ({ width: widthOf(text) });
      if (key in target) return target[key];
      return (...values: unknown[]) => {
        if (key === 'fillText') log.push(`text ${values[0]} @${values[1]}`);
        else if (key === 'strokeRect') log.push(`outline ${values.join(' ')}`);
        else if (key === 'rect' || key === 'closePath' || key === 'fill' || key === 'stroke') log.push(key);
      };
    },
    set(target, key: string, value) {
      target[key] = value;
      return true;
    },
  }) as unknown as FlameContext;
  const surface = (deviceWidth: number): Surface => ({
    context,
    deviceWidth,
    deviceHeight: 200,
    ratio: 1,
    strip: {
      begin(width, rows) {
        stripWidth = width;
        return (pixels = new Uint32Array(width * rows));
      },
      finish: () => undefined,
      stretch: (row, y, height) => log.push(`row ${row} y ${y} h ${height}`),
    },
  });
  /** The strip's lines, a letter a fill, a dot where nothing is. */
  const lines = (fills: Uint32Array, dim: Uint32Array) =>
    Array.from({ length: pixels.length / stripWidth }, (_, row) =>
      [...pixels.subarray(row * stripWidth, (row + 1) * stripWidth)]
        .map((pixel) => {
          if (pixel === 0) return '.';
          const at = fills.indexOf(pixel);
          return at >= 0 ? 'abcdefghijE'[at] : 'ABCDEFGHIJ!'[dim.indexOf(pixel)];
        })
        .join(''),
    );
  return { log, surface, lines };
}

function paint(
  text: string,
  { width = 20, toMs = 20, scene = {} as Partial<Scene>, matches = null as Uint8Array | null, flag = 0 } = {},
) {
  const table = new SpanTable();
  table.upsert(spanTree(text));
  const tree = new TraceTree(table, '1'.repeat(32));
  tree.update(0);
  const view = { fromMs: 0, toMs, deviceWidth: width, firstRow: 0, lastRow: 99, nowMs: toMs };
  const boxes = layout(tree.tracks, view, new Boxes(), matches);
  // The first letter is the colour.
  for (let box = 0; box < boxes.count; box += 1) {
    boxes.flags[box]! |= flag;
    boxes.colour[box] = Math.min(9, tree.name(boxes.item[box]!).charCodeAt(0) - 97);
  }
  const theme = flameTheme(base('light'));
  const recorded = recorder();
  draw(recorded.surface(width), boxes, theme, {
    fromMs: 0,
    toMs,
    ticks: [],
    deviceAxis: 10,
    deviceRow: 20,
    deviceScroll: 0,
    labelOf: (node) => tree.name(node),
    noteOf: () => 'note',
    isSearching: matches !== null,
    selected: null,
    isPlain: false,
    phase: 0,
    ...scene,
  });
  return { log: recorded.log, lines: recorded.lines(theme.fills, theme.dimFills) };
}

describe('draw', () => {
  it('fills one line a row and stretches it, with a gap between neighbours', () => {
    const { log, lines } = paint('a 0-20\n  b 0-8\n  c 8-10\n  d 15.1-15.2');
    expect(lines).toEqual(['aaaaaaaaaaaaaaaaaaa.', 'bbbbbbb.cc.....d....']);
    expect(log).toEqual(['row 0 y 10 h 19', 'row 1 y 30 h 19']);
  });

  it('marks errors by their own fill and by a corner, or a notch where it is narrow', () => {
    const { log, lines } = paint('a 0-20\n  b 0-18 error\n  c 19.1-19.2 error');
    expect(lines[1]).toBe('EEEEEEEEEEEEEEEEE..E');
    expect(log.slice(2)).toEqual(['closePath', 'rect', 'rect', 'fill']);
  });

  it('writes names from 36 pixels on, shortened to the room, and a note where there is more', () => {
    const { log } = paint('a 0-200\n  b name 0-35\n  c longer name 40-90\n  d 100-190', {
      width: 200,
      toMs: 200,
    });
    expect(log.filter((line) => line.startsWith('text'))).toEqual([
      'text a @5',
      'text note @19',
      'text c lon… @45',
      'text d @105',
      'text note @119',
    ]);
  });

  it('keeps a shortened name of several scripts within its bar', () => {
    for (const name of [
      'render-주문-확인-page',
      '주문-확인-of-the-order',
      'iiiiiiiiiii-주문',
      '주문주문주문',
    ]) {
      const { log } = paint(`${name} 0-80`, { width: 80, toMs: 80 });
      const [, text, at] = /^text (.*…) @(\d+)$/.exec(log.find((line) => line.startsWith('text'))!)!;
      expect(Number(at) + widthOf(text!), text).toBeLessThanOrEqual(75);
      expect(Number(at) + widthOf(text!), text).toBeGreaterThan(60);
    }
    expect(
      paint('주문주문 0-36', { width: 36, toMs: 36 }).log.filter((line) => line.startsWith('text')),
    ).toEqual([]);
  });

  it('never cuts a character in two', () => {
    const { log } = paint('𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜 0-50', { width: 50, toMs: 50 });
    const written = log.filter((line) => line.startsWith('text')).join('');
    expect(written).toContain('…');
    expect(written.isWellFormed()).toBe(true);
  });

  it('steps back what a search did not find', () => {
    const { lines } = paint('a 0-20\n  b 0-8\n  c 8-20', { matches: Uint8Array.from([0, 1, 0]) });
    expect(lines).toEqual(['AAAAAAAAAAAAAAAAAAA.', 'bbbbbbb.CCCCCCCCCCC.']);
  });

  it('outlines the selection in its row, at least four pixels wide', () => {
    const { log } = paint('a 0-20', { scene: { selected: { row: 2, startMs: 5, endMs: 5 } } });
    expect(log.at(-1)).toBe('outline 6 51 2 17');
  });

  it('tears the edge of open spans', () => {
    const open = paint('a 0-?\n  b 1-2', { width: 100, toMs: 100 });
    const ended = paint('a 0-100\n  b 1-2', { width: 100, toMs: 100 });
    const fills = (log: string[]) => log.filter((line) => line === 'fill').length;
    expect([fills(open.log), fills(ended.log)]).toEqual([1, 0]);
  });

  it('says how many share the pixels of a run, where there is room; single spans are not counted', () => {
    const ticks = (from: number) =>
      Array.from({ length: 200 }, (_, i) => `\n  b ${from + i / 2}-${from + i / 2 + 0.4}`).join('');
    const { log } = paint(`a 0-400${ticks(0)}\n  c 150-400${ticks(500)}`, { width: 400, toMs: 400 });
    expect(log.filter((line) => line.includes('merged'))).toEqual(['text 200 merged @20']);
    const narrow = paint(`a 0-400\n  b 1-1.3\n  b 1.4-1.8\n  c 10-300`, { width: 400, toMs: 400 });
    expect(narrow.log.filter((line) => line.includes('merged'))).toEqual([]);
  });

  it('hatches what only one of two sides has', () => {
    const strokes = (flag: number) => {
      const { log } = paint('a 0-40', { width: 40, toMs: 40, flag });
      return log.filter((line) => line === 'stroke').length;
    };
    expect([0, ENTRY_ADDED, ENTRY_REMOVED].map(strokes)).toEqual([0, 1, 1]);
  });

  it('leaves a plain strip without names and marks', () => {
    const { log } = paint('a 0-200 error', { width: 200, toMs: 200, scene: { isPlain: true } });
    expect(log).toEqual(['row 0 y 10 h 20']);
  });
});

describe('the palette', () => {
  it.each(['light', 'dark'] as const)('carries text at 4.5:1 on every fill of the %s theme', (name) => {
    const theme = flameTheme(base(name));
    const parse = (css: string) => css.match(/\d+/g)!.map(Number) as unknown as Rgb;
    const unpack = (fill: number): Rgb => [fill & 255, (fill >> 8) & 255, (fill >> 16) & 255];
    expect(theme.name).toBe(name);
    for (const [i, fill] of theme.fills.entries()) {
      expect(contrast(unpack(fill), parse(theme.textOn[i]!))).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(['light', 'dark'] as const)(
    'keeps colours of the %s theme apart for people without red or green',
    (name) => {
      const colours = paletteColours(name);
      for (const see of [SEEN, PROTANOPIA, DEUTERANOPIA]) {
        const apart = colours.flatMap((a, i) =>
          colours.slice(i + 1).map((b) => distance(simulate(a, see), simulate(b, see))),
        );
        expect(Math.min(...apart)).toBeGreaterThan(see === SEEN ? 20 : 5);
      }
    },
  );

  it('gives a name one colour for good, and spreads new names over all colours', () => {
    const names = Array.from({ length: PALETTE_SIZE * 3 }, (_, i) => `operation ${i}`);
    const first = names.map(colourIndex);
    expect(names.map(colourIndex)).toEqual(first);
    expect(new Set(first).size).toBe(PALETTE_SIZE);
  });
});

/** Machado, Oliveira and Fernandes 2009, at full severity. */
const SEEN = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const PROTANOPIA = [
  0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998,
];
const DEUTERANOPIA = [
  0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881,
];
function simulate([r, g, b]: Rgb, m: readonly number[]): Rgb {
  return [0, 3, 6].map((i) => m[i]! * r + m[i + 1]! * g + m[i + 2]! * b) as unknown as Rgb;
}
function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
