import { describe, expect, it } from 'vitest';
import { createPictures } from '../../../electron/exchange/imageData.ts';
import { sanitiseHtml } from '../../../electron/exchange/sanitiseHtml.ts';
import { createRandom } from '../../fixtures/lists.ts';

function clean(html: string, image: (name: string) => string | null = () => null) {
  const dropped: string[] = [];
  return { html: sanitiseHtml(html, { image, onDropped: (what) => dropped.push(what) }), dropped };
}

describe('sanitised HTML', () => {
  it.each([
    ['<b>a</b> &amp; <i>b</i><br>', '<b>a</b> &amp; <i>b</i><br>'],
    ['<ruby>漢<rp>(</rp><rt>かん</rt></ruby>', '<ruby>漢<rp>(</rp><rt>かん</rt></ruby>'],
    ['<p dir="rtl" lang="he" id="x" onclick="a()">x</p>', '<p dir="rtl" lang="he">x</p>'],
    [
      '<span style="color: red; position: fixed; background: url(x)">x</span>',
      '<span style="color: red">x</span>',
    ],
    ['<span style="color: red&quot;;x">x</span>', '<span>x</span>'],
    ['<td colspan="9999" rowspan="3">x</td>', '<td rowspan="3">x</td>'],
    ['<a href="javascript:a()">link</a>', 'link'],
    ['<script>a()</script>b<style>* { color: red }</style>', 'b'],
    ['<svg onload=a()><b>x</b></svg>y', 'y'],
    [
      '<div class="occlusion" id="x"><svg class="occlusion-masks" width="100%" onload="a()"><rect x="10%" fill="#ff8e8e" stroke="url(//evil)" class="mask-asked"></rect><a href="x">no</a><script>a()</script></svg></div>',
      '<div class="occlusion"><svg class="occlusion-masks" width="100%"><rect x="10%" fill="#ff8e8e" class="mask-asked"></rect>no</svg></div>',
    ],
    ['<rect x="1"></rect>y', 'y'],
    ['<iframe src="x">z</iframe>y', 'y'],
    ['<math><mtext><b>x</b></mtext></math>y', 'y'],
    ['<form action="x"><input><b>x</b></form>y', 'y'],
    ['<b>never closed', '<b>never closed</b>'],
    ['</div></li>out', 'out'],
    ['<b><i>x</b></i>', '<b><i>x</i></b>'],
    ['<!-- <img src=x onerror=a()> -->x', 'x'],
    ['<b/onclick=a()>x', '<b>x</b>'],
    ['a < b > c &lt;script&gt;', 'a &lt; b &gt; c &lt;script&gt;'],
    ['<x-y><b>kept</b></x-y>', '<b>kept</b>'],
    [
      '<span class="cloze big">x</span><span class="side">y</span>',
      '<span class="cloze">x</span><span>y</span>',
    ],
  ])('%s → %s', (given, wanted) => {
    expect(clean(given).html).toBe(wanted);
  });

  it('puts in pictures of the deck, and drops those from the network with a word', () => {
    const png = 'data:image/png;base64,iVBORw0KGgo=';
    const image = (name: string) => (name === 'a b.png' ? png : null);
    expect(clean('<img src="a%20b.png" alt="&quot;x" onerror="a()">', image)).toEqual({
      html: `<img src="${png}" alt="&quot;x">`,
      dropped: [],
    });
    for (const source of [
      'https://x.example/a.png',
      '//x.example/a.png',
      'file:///etc/passwd',
      'tracedeck-media://a',
    ]) {
      expect(clean(`<img src="${source}" alt="far">`, () => png)).toEqual({
        html: '<span class="gone">[far]</span>',
        dropped: ['remote picture'],
      });
    }
    expect(clean('<img src="gone.png">')).toEqual({
      html: '<span class="gone">[picture]</span>',
      dropped: ['missing picture'],
    });
    expect(clean(`<img src="${png}">`).html).toBe(`<img src="${png}" alt="">`);
    expect(clean('<img src="data:image/svg+xml;base64,PHN2Zz4=">').dropped).toEqual(['remote picture']);
    expect(clean('<img src="data:text/html,x">').dropped).toEqual(['remote picture']);
  });

  it('never lets through a tag or attribute that is not on its lists', () => {
    const random = createRandom(11);
    const pieces = [
      '<',
      '>',
      '"',
      "'",
      '/',
      '=',
      ' ',
      'b',
      'img',
      'script',
      'src',
      'onerror',
      'style',
      'svg',
      'a',
      '-->',
      '<!--',
      '&lt;',
      'x',
      '</',
      '\n',
      'javascript:',
      'href',
      '`',
    ];
    for (let round = 0; round < 3000; round += 1) {
      const text = Array.from({ length: 25 }, () => pieces[Math.floor(random() * pieces.length)]).join('');
      const { html } = clean(text);
      const tags = html.match(/<[^>]*>/g) ?? [];
      for (const tag of tags) expect(tag).toMatch(/^<\/?(?:b|span)(?: class="gone")?>$/);
      expect(html.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]/);
    }
  });

  it('takes deep nesting without harm', () => {
    const deep = '<div>'.repeat(50_000) + 'x';
    expect(clean(deep).html).toBe(`${'<div>'.repeat(100)}x${'</div>'.repeat(100)}`);
  });
});

describe('pictures', () => {
  it('are known by their bytes, read once, and limited altogether', () => {
    let reads = 0;
    const bytes: Record<string, Uint8Array> = {
      'a.png': Buffer.from('89504e470d0a1a0a00', 'hex'),
      'b.jpg': Buffer.from('ffd8ffe000', 'hex'),
      'c.webp': Buffer.from('RIFF0000WEBPx'),
      'evil.png': Buffer.from('<svg onload="a()">'),
      'huge.gif': Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(65_000_000)]),
    };
    const pictures = createPictures((name) => {
      reads += 1;
      return bytes[name] ?? null;
    });
    expect(pictures.image('a.png')).toBe('data:image/png;base64,iVBORw0KGgoA');
    expect(pictures.image('a.png')).toBe('data:image/png;base64,iVBORw0KGgoA');
    expect(pictures.image('b.jpg')).toMatch(/^data:image\/jpeg;/);
    expect(pictures.image('c.webp')).toMatch(/^data:image\/webp;/);
    expect([pictures.image('evil.png'), pictures.image('none.png'), pictures.isFull()]).toEqual([
      null,
      null,
      false,
    ]);
    expect([pictures.image('huge.gif'), pictures.isFull(), pictures.count(), reads]).toEqual([
      null,
      true,
      3,
      6,
    ]);
  });
});
