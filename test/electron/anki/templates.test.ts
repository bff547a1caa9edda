import { describe, expect, it } from 'vitest';
import { cardOrdinals, renderCard, renderCards } from '../../../electron/anki/templates.ts';

const standard = (front: string, back = '{{FrontSide}}<hr>{{F}}', fields = ['F', 'G']) => ({
  name: 'T',
  kind: 'standard' as const,
  fields: fields.map((name) => ({ name })),
  templates: [{ name: 'C', front, back }],
});
const cloze = (front: string, back = front) => ({
  ...standard(front, back, ['Text', 'Extra']),
  kind: 'cloze' as const,
});
const front = (
  template: string,
  fields: readonly string[] = ['x', 'y'],
  tags: readonly string[] = [],
  deck = 'D',
) => renderCard(standard(template), fields, tags, deck, 0).front;

describe('templates', () => {
  // The right-hand sides are what Anki 26.09 makes of them, but for hints, sounds and speech, which need its scripts.
  it.each([
    ['{{F}}|{{ F }}', 'a|a'],
    ['{{text:F}}', 'a'],
    ['{{#G}}has {{G}}{{/G}}{{^G}}no{{/G}}', 'has 日本[にほん] 語[ご]x a[sound:q.mp3]'],
    ['{{^F}}no{{/F}}', ''],
    [
      '{{furigana:G}}',
      '<ruby><rb>日本</rb><rt>にほん</rt></ruby><ruby><rb>語</rb><rt>ご</rt></ruby>x a[sound:q.mp3]',
    ],
    ['{{kana:G}}', 'にほんごx a[sound:q.mp3]'],
    ['{{kanji:G}}', '日本語x a[sound:q.mp3]'],
    ['{{text:kanji:F}}', 'a'],
    ['{{type:G}}{{type:nc:F}}', '[[type:G]][[type:nc:F]]'],
    ['{{Tags}} {{Deck}} {{Subdeck}} {{Card}} {{Type}}', 't1 t2 P::Q Q C T'],
    ['{{tts ja_JP voices=a,b:F}}', '<span class="tts" lang="ja-JP">a</span>'],
    ['{{hint:F}}', '<details class="hint"><summary>F</summary>a</details>'],
    ['{{addon-filter:F}}', 'a'],
    ['<!-- {{nope}} -->{{F}}', '<!-- {{nope}} -->a'],
    ['\\( {{F}} \\)', '\\( a \\)'],
  ])('render %s', (template, expected) => {
    const fields = template.includes('text:')
      ? ['<b>a</b>', '']
      : ['a', '日本[にほん] 語[ご]x a[sound:q.mp3]'];
    expect(front(template, fields, ['t1', 't2'], 'P::Q')).toBe(expected);
  });

  it('say what is wrong with them on the card', () => {
    expect(front('{{Missing<}}')).toBe(
      '<span class="template-problem">The template names a field that is not there: Missing&lt;</span>',
    );
    expect(front('{{#F}}x')).toContain('does not close {{#F}}');
    expect(front('x{{/F}}')).toContain('closes {{/F}} where it is not open');
    expect(front('{{F')).toContain('{{ without }}');
    expect(front('{{#F}}'.repeat(60) + '{{/F}}'.repeat(60))).toContain('nests too deeply');
  });

  it('put the question into the answer, without its sounds', () => {
    const { back } = renderCard(standard('{{F}}[sound:a.mp3]'), ['x', ''], [], 'D', 0);
    expect(back).toBe('x<hr>x');
  });

  it('make the cards whose front shows a field that is not empty', () => {
    const notetype = {
      ...standard(''),
      templates: [
        ['A', '{{F}}'],
        ['B', 'words alone {{Tags}} {{Deck}}'],
        ['C', '{{#F}}{{G}}{{/F}}'],
        ['D', '{{^F}}{{G}}{{/F}}'],
        ['E', '{{hint:G}}'],
        ['F', '{{#F}}broken'],
      ].map(([name, text]) => ({ name: name!, front: text!, back: '' })),
    };
    expect(cardOrdinals(notetype, ['x', 'y'])).toEqual([0, 2, 4]);
    expect(cardOrdinals(notetype, [' <br> ', 'y'])).toEqual([3, 4]);
    expect(cardOrdinals(notetype, ['', ''])).toEqual([]);
  });

  it('make a card of each gap', () => {
    const notetype = cloze('{{cloze:Text}}');
    const fields = [
      'A {{c1::foo {{c2::bar::hint2}} baz::h1}} {{c1,3::multi}} \\( x^{{c4::2}} \\) {{c1::}}',
      '',
    ];
    const rendered = renderCards(notetype, fields, [], 'D');
    expect(rendered.map(({ ordinal, cloze: gap }) => [ordinal, gap])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(rendered.map((card) => card.front)).toEqual([
      'A <span class="cloze" data-ordinal="1">[h1]</span> <span class="cloze" data-ordinal="1,3">[...]</span> \\( x^2 \\) <span class="cloze" data-ordinal="1">[...]</span>',
      'A <span class="cloze-inactive" data-ordinal="1">foo <span class="cloze" data-ordinal="2">[hint2]</span> baz</span> <span class="cloze-inactive" data-ordinal="1,3">multi</span> \\( x^2 \\) <span class="cloze-inactive" data-ordinal="1"></span>',
      'A <span class="cloze-inactive" data-ordinal="1">foo <span class="cloze-inactive" data-ordinal="2">bar</span> baz</span> <span class="cloze" data-ordinal="1,3">[...]</span> \\( x^2 \\) <span class="cloze-inactive" data-ordinal="1"></span>',
      'A <span class="cloze-inactive" data-ordinal="1">foo <span class="cloze-inactive" data-ordinal="2">bar</span> baz</span> <span class="cloze-inactive" data-ordinal="1,3">multi</span> \\( x^[...] \\) <span class="cloze-inactive" data-ordinal="1"></span>',
    ]);
    expect(rendered[0]!.back).toContain(
      '<span class="cloze" data-ordinal="1">foo <span class="cloze-inactive" data-ordinal="2">bar</span> baz</span>',
    );
    expect(cardOrdinals(notetype, ['no gap', '{{c1::elsewhere}}'])).toEqual([]);
    expect(renderCard(notetype, ['{{c1::a}}', ''], [], 'D', 4).front).toBe('');
    expect(renderCard(notetype, ['{{c1::open {{c2::a}}', ''], [], 'D', 1).front).toBe(
      '{{c1::open <span class="cloze" data-ordinal="2">[...]</span>',
    );
  });

  it('know which gap a condition of a cloze template means', () => {
    const notetype = cloze('{{cloze:Text}}{{#c2}} second{{/c2}}');
    expect(
      renderCards(notetype, ['{{c1::a}}{{c2::b}}', ''], [], 'D').map((card) =>
        card.front.endsWith(' second'),
      ),
    ).toEqual([false, true]);
  });

  describe('of image occlusion', () => {
    const SIDE =
      '<div style="display: none">{{cloze:Text}}</div><div id="image-occlusion-container">{{Extra}} ' +
      '<canvas id="image-occlusion-canvas"></canvas></div><script>x()</script>';
    const notetype = {
      ...cloze(SIDE),
      templates: [
        { name: 'Card', front: SIDE, back: `${SIDE}<div><button id="toggle">Toggle Masks</button></div>` },
      ],
    };
    const picture = '<img src="heart.png">';
    const drawn = (text: string, ordinal: number, side: 'front' | 'back') => {
      const html = renderCard(notetype, [text, picture], [], 'D', ordinal)[side];
      expect(html).toContain(`<div style="display: none"></div><div class="occlusion"`);
      return /<svg class="occlusion-masks" width="100%" height="100%">(.*)<\/svg>/.exec(html)![1];
    };
    const RECT = '{{c1::image-occlusion:rect:left=.1:top=.2:width=.3:height=.15}}';
    const ELLIPSE = '{{c2::image-occlusion:ellipse:left=.5:top=.5:rx=.1:ry=.2:angle=30:oi=1}}';

    it('cover what is asked for, and frame it behind', () => {
      const place = '<rect x="10%" y="20%" width="30%" height="15%"';
      expect(cardOrdinals(notetype, [RECT + ELLIPSE, picture])).toEqual([0, 1]);
      expect(drawn(RECT, 0, 'front')).toBe(
        `${place} class="mask-asked" fill="#ff8e8e" stroke="#212121"></rect>`,
      );
      expect(drawn(RECT, 0, 'back')).toBe(`${place} class="mask-shown" fill="none" stroke="#ff8e8e"></rect>`);
      expect(renderCard(notetype, [RECT, picture], [], 'D', 0).back).not.toMatch(/Toggle|canvas/);
    });

    it('cover the others where their note says so', () => {
      expect(drawn(RECT + ELLIPSE, 1, 'front')).toBe(
        '<ellipse cx="60%" cy="70%" rx="10%" ry="20%" class="mask-asked" fill="#ff8e8e" stroke="#212121" ' +
          'transform="rotate(30)" transform-origin="50% 50%"></ellipse>',
      );
      for (const side of ['front', 'back'] as const) {
        expect(drawn(RECT + ELLIPSE, 0, side)).toMatch(/<rect.*<ellipse.* class="mask-other" fill="#ffeba2"/);
      }
    });

    it('are polygons and words too', () => {
      const polygon = '{{c1::image-occlusion:polygon:points=.1,.2 .3,.4 .5,.6:fill=#00ff00}}';
      expect(drawn(polygon, 0, 'front')).toBe(
        '<svg width="100%" height="100%" viewBox="0 0 1 1" preserveAspectRatio="none">' +
          '<polygon points="0.1,0.2 0.3,0.4 0.5,0.6" vector-effect="non-scaling-stroke" class="mask-own" ' +
          'fill="#00ff00" stroke="#212121"></polygon></svg>',
      );
      const words = `{{c0::image-occlusion:text:left=.5:top=.25:text=left\\: a &amp; b:scale=1:fs=.05}}${RECT}`;
      expect(drawn(words, 0, 'back')).toContain(
        '<text x="50%" y="25%" dominant-baseline="hanging" class="mask-text">left: a &amp; b</text>',
      );
    });

    it('hold nothing but numbers, colours and words, whatever their note says', () => {
      const hostile =
        '{{c1::image-occlusion:rect:left=1e999:top=x"onload=y:width=-5:height=NaN:fill=url(//evil.test):oi=1}}' +
        '{{c1::image-occlusion:text:left=0:top=0:text="><script>z</script>}}' +
        '{{c1::image-occlusion:polygon:points=<b> 1}}{{c1::image-occlusion:use:href=//evil.test}}';
      const svg = drawn(hostile, 0, 'front');
      expect(svg).toContain('<rect x="0%" y="0%" width="-500%" height="0%"');
      expect(svg).toContain('&quot;&gt;&lt;script&gt;z&lt;/script&gt;</text>');
      expect(svg).not.toMatch(/evil|onload|<script|<use|<b>/);
    });
  });

  it('are fast on fields and templates that are made to hurt', () => {
    const started = performance.now();
    for (const part of ['[', '[a]', ' [', 'x', '{{c1::', '}}', '{{c1::a}}', '::', '\\(']) {
      const text = part.repeat(150_000);
      for (const template of ['{{furigana:F}}', '{{text:F}}', '{{cloze:F}}', '{{hint:F}}', '{{type:F}}'])
        front(template, [text, '']);
    }
    expect(front('{{F}}'.repeat(2000), ['x'.repeat(10_000), ''])).toContain('too long');
    front('{{'.repeat(300_000));
    front('<!--'.repeat(100_000) + '{{F}}');
    // Anything but linear takes minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
