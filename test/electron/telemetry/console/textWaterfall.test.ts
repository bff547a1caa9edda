import { describe, expect, it } from 'vitest';
import type { Attributes, SpanRecord } from '../../../../shared/span.ts';
import { drawBar, drawDensity } from '../../../../electron/telemetry/console/textBars.ts';
import { textWaterfall } from '../../../../electron/telemetry/console/textWaterfall.ts';
import { fitText, textWidth } from '../../../../electron/telemetry/console/textWidth.ts';
import { hexId, pipelineSpans, randomFrom, span } from '../pipelineSpans.ts';

const T0 = 1_790_000_000_000;
/** One span a line, indented by its depth: `name start end`, `name start -` for an open one, `!` for an error. */
function spansFrom(text: string): SpanRecord[] {
  const way: string[] = [];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      const depth = line.search(/\S/) / 2;
      const [name, start, end, mark] = line.trim().split(' ');
      const spanId = (index + 1).toString(16).padStart(16, '0');
      way.length = depth;
      way.push(spanId);
      return span({
        spanId,
        parentSpanId: depth === 0 ? null : way[depth - 1]!,
        name: name!.replaceAll('_', ' '),
        startMs: T0 + Number(start),
        endMs: end === '-' ? null : T0 + Number(end),
        ...(mark === '!' ? { status: 'error', attributes: { 'error.type': 'timeout' } } : {}),
      });
    });
}
const plain = { width: 80, maxRows: 100, colour: false };
const rowsOf = (text: string) => text.trimEnd().split('\n').slice(2);

describe('text waterfall', () => {
  it('draws the tree with bars to one scale', () => {
    const spans = spansFrom(
      ['run 0 100', '  item 0 50', '    stage_analyse 25 50', '  item 50 100'].join('\n'),
    );
    expect(rowsOf(textWaterfall(spans, plain))).toStrictEqual([
      'run                                    ██████████████████████████████     100 ms',
      '├─item                                 ███████████████                   50.0 ms',
      '│ └─stage analyse                             ▐███████                   25.0 ms',
      '└─item                                                ███████████████    50.0 ms',
    ]);
  });

  it('folds siblings of one name from four on, and all below them', () => {
    const lines = ['run 0 100'];
    for (let i = 0; i < 40; i += 1)
      lines.push(`  item ${i * 2} ${i * 2 + 1}`, `    stage ${i * 2} ${i * 2 + 0.5}`);
    const rows = rowsOf(textWaterfall(spansFrom(lines.join('\n')), { ...plain, width: 100 }));
    expect(rows).toHaveLength(3);
    expect(rows[1]).toContain('└─item ×40  p50 1.00 ms max 1.00 ms');
    expect(rows[1]).toContain('Σ 40.0 ms');
    expect(rows[2]).toContain('  └─stage ×40  p50 500 µs max 500 µs');
  });

  it('marks errors and spans that are still open', () => {
    const text = textWaterfall(spansFrom(['run 0 -', '  call 0 10 !', '  call 10 100'].join('\n')), plain);
    expect(text.split('\n')[0]).toMatch(/3 spans · 100 ms · 1 failed · 1 open$/);
    expect(rowsOf(text)[0]).toMatch(/▶ +open$/);
    expect(rowsOf(text)[1]).toContain('✗ timeout');
  });

  it('says how a span failed that has no type of error', () => {
    const spans = spansFrom('charge 0 10').map((span) => ({
      ...span,
      status: 'error' as const,
      statusMessage: 'card declined\nat charge',
    }));
    expect(rowsOf(textWaterfall(spans, plain))[0]).toContain('✗ card declined');
    const unsaid = spans.map((span) => ({ ...span, statusMessage: null }));
    expect(rowsOf(textWaterfall(unsaid, plain))[0]).toContain('✗ error');
  });

  it('tells whole microseconds, whatever the day', () => {
    const lines = textWaterfall(spansFrom('five 0.001 0.006'), { width: 100, maxRows: 10, colour: false });
    expect(lines).toMatch(/1 span · 5\.0 µs\n/);
    expect(lines.trimEnd()).toMatch(/5\.0 µs$/);
  });

  it('says of a span what is told apart by it: error, row, cache, answer and cards', () => {
    const told: readonly [Attributes, string][] = [
      [{ 'error.type': 'not_running' }, 'not_running'],
      [{ 'tracedeck.item.row': 7 }, 'row 7'],
      [{ 'tracedeck.cache.outcome': 'miss', 'tracedeck.cache.tier': 'disk' }, 'miss disk'],
      [{ 'http.response.status_code': 204 }, '204'],
      [{ 'tracedeck.cards.count': 1 }, '1 card'],
      [{ 'tracedeck.cards.count': 3 }, '3 cards'],
    ];
    for (const [attributes, text] of told) {
      const [row] = rowsOf(textWaterfall([span({ name: 'work', attributes })], plain));
      expect(row).toMatch(new RegExp(`^work  ${text} `));
    }
  });

  it('stays within its width for names of any script, and keeps columns in line', () => {
    const spans = spansFrom(
      [
        'run 0 100',
        '  한국어_이름이_아주_긴_스팬_이름입니다_정말로 10 60',
        '  日本語 20 30',
        '  👩‍👩‍👧 20 30',
      ].join('\n'),
    );
    for (const width of [40, 60, 80, 100, 120, 200]) {
      for (const line of textWaterfall(spans, { ...plain, width }).split('\n'))
        expect(textWidth(line)).toBeLessThanOrEqual(width);
    }
    const ends = rowsOf(textWaterfall(spans, plain)).map(textWidth);
    expect(new Set(ends)).toStrictEqual(new Set([80]));
  });

  it('writes no escape sequence without colour, and none of a span name with it', () => {
    const spans = [span({ name: 'bad \u001b[2Jname\nline' })];
    const text = textWaterfall(spans, plain);
    expect(text).not.toContain('\u001b');
    expect(rowsOf(text)).toHaveLength(1);
    const coloured = textWaterfall(spans, { ...plain, colour: true });
    expect(coloured).toContain('\u001b[1m');
    expect(coloured).not.toContain('\u001b[2J');
    expect(
      coloured
        .replace(/\p{Cc}\[\d*m/gu, '')
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toStrictEqual(text.split('\n').map((line) => line.trimEnd()));
  });

  it('counts the spans that did not fit', () => {
    const lines = ['run 0 100', ...Array.from({ length: 30 }, (_, i) => `  step_${i} 0 10`)];
    const text = textWaterfall(spansFrom(lines.join('\n')), { ...plain, maxRows: 5 });
    expect(rowsOf(text)).toHaveLength(6);
    expect(text).toContain('… 26 more spans');
  });

  it('draws every span of a trace with circles, missing parents and several roots', () => {
    const ids = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16));
    const spans = [
      span({ spanId: ids[0]!, parentSpanId: ids[1]!, name: 'circle a' }),
      span({ spanId: ids[1]!, parentSpanId: ids[0]!, name: 'circle b' }),
      span({ spanId: ids[2]!, parentSpanId: 'f'.repeat(16), name: 'orphan' }),
      span({ spanId: ids[3]!, parentSpanId: ids[3]!, name: 'own parent' }),
      span({ spanId: ids[3]!, parentSpanId: null, name: 'same id', startMs: T0 + 5, endMs: T0 - 5 }),
    ];
    const text = textWaterfall(spans, plain);
    for (const { name } of spans) expect(text).toContain(name);
    expect(rowsOf(text)).toHaveLength(5);
  });

  it('manages a chain of 20,000 spans and a trace of 100,000', () => {
    const random = randomFrom(1);
    const chain: SpanRecord[] = [];
    for (let i = 0; i < 20_000; i += 1) {
      chain.push(
        span({ spanId: hexId(random, 16), parentSpanId: chain.at(-1)?.spanId ?? null, name: `level ${i}` }),
      );
    }
    expect(textWaterfall(chain, { ...plain, maxRows: 1000 })).toContain('more spans');
    expect(rowsOf(textWaterfall(pipelineSpans(100_000), { ...plain, width: 100 }))).toHaveLength(10);
  });

  it('says that there is nothing where there is nothing', () => {
    expect(textWaterfall([], plain)).toBe('No spans.\n');
    expect(textWaterfall([span({ endMs: 1_790_000_000_000.25 })], plain)).toContain('run');
  });
});

describe('bars', () => {
  it('never leaves a span out, however short, and fills its columns exactly', () => {
    const random = randomFrom(5);
    for (let i = 0; i < 2000; i += 1) {
      const from = random() * 1.1 - 0.05;
      const extent = { from, to: from + random() ** 4, isOpen: random() < 0.2 };
      const columns = 1 + Math.floor(random() * 60);
      const bar = drawBar(extent, columns);
      expect([...bar]).toHaveLength(columns);
      expect(bar.trim()).not.toBe('');
      expect([...drawDensity([extent, extent], columns)]).toHaveLength(columns);
    }
  });

  it('shades by what is covered and not by how often', () => {
    const whole = { from: 0, to: 1, isOpen: false };
    expect(drawDensity([whole, whole, whole], 4)).toBe('████');
    expect(
      drawDensity(
        [
          { from: 0, to: 0.125, isOpen: false },
          { from: 0.5, to: 0.75, isOpen: false },
        ],
        4,
      ),
    ).toBe('▒ █ ');
  });
});

describe('text width', () => {
  it('counts wide characters twice and marks not at all', () => {
    expect(['abc', '한국', '日本', 'é', '😀', 'ｆｕｌｌ', '→'].map(textWidth)).toStrictEqual([
      3, 4, 4, 1, 2, 8, 1,
    ]);
  });

  it('cuts and fills to the column', () => {
    expect(fitText('한국어', 5)).toBe('한국…');
    expect(fitText('한국어', 4)).toBe('한… ');
    expect(fitText('ab', 4)).toBe('ab  ');
    expect(fitText('ab', 0)).toBe('');
  });
});
