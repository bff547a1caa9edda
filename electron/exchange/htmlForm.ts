/**
 * Cards as one HTML page to look at and to print: nothing to load, nothing that runs. As a list, question beside
 * answer; or as cards to cut out, answer below the question, to fold in the middle.
 */
import type { Card } from '../../shared/card.ts';
import { showCloze } from '../../shared/cloze.ts';
import type { SheetChoice } from '../../shared/deck.ts';
import { escapeHtml } from './cardText.ts';
import { createPictures } from './imageData.ts';
import { sanitiseHtml } from './sanitiseHtml.ts';

export type SheetTools = {
  /** Bytes of a media file of the deck; `null` where there is none. */
  readonly media: (name: string) => Uint8Array | null;
};
export type Sheet = {
  readonly html: string;
  readonly media: number;
  readonly leftOut: readonly string[];
};

/** Called between the cards. */
export type OnCard = (done: number) => void;

export function writeSheet(
  cards: readonly Card[],
  title: string,
  choice: SheetChoice,
  tools: SheetTools,
  onCard: OnCard = () => {},
): Sheet {
  const dropped = new Map<string, number>();
  const pictures = createPictures(tools.media);
  const drop = (what: string): void => void dropped.set(what, (dropped.get(what) ?? 0) + 1);
  const inner = (html: string): string =>
    sanitiseHtml(withoutSounds(html), { image: pictures.image, onDropped: drop });

  function withoutSounds(html: string): string {
    return html.replace(/\[sound:[^\]]*\]/gu, () => {
      drop('sound');
      return '';
    });
  }
  function sides(card: Card): readonly [front: string, back: string] {
    if (card.format === 'html') {
      if (card.cloze === null) return [inner(card.front), inner(card.back)];
      const asked = card.cloze;
      const front = showCloze(card.front, asked, (_hidden, hint) => `<b class="cloze">[${hint ?? '…'}]</b>`);
      const back = showCloze(card.back, asked, (hidden) => `<b class="cloze">${hidden}</b>`);
      return [inner(front), inner(back)];
    }
    if (card.type !== 'cloze') return [escapeHtml(card.front), escapeHtml(card.back)];
    // Escaping leaves the marks as they are.
    const text = escapeHtml(card.front);
    const front = showCloze(text, card.cloze, (_, hint) => `<b class="cloze">[${hint ?? '…'}]</b>`);
    const solved = showCloze(text, card.cloze, (hidden) => `<b class="cloze">${hidden}</b>`);
    return [front, card.back === '' ? solved : `${solved}\n\n${escapeHtml(card.back)}`];
  }

  const body: string[] = [];
  let deck: string | null = null;
  cards.forEach((card, at) => {
    if (card.deck !== deck) {
      if (deck !== null) body.push('</ol>');
      deck = card.deck;
      body.push(`<h2>${escapeHtml(deck)}</h2>`, `<ol class="${choice.layout}">`);
    }
    const [front, back] = sides(card);
    const kind = card.format === 'html' ? 'html' : 'text';
    const tags = card.tags.length === 0 ? '' : `<footer>${escapeHtml(card.tags.join('  '))}</footer>`;
    body.push(
      `<li><div class="side"><div class="${kind}" dir="auto">${front}</div></div>` +
        `<div class="side back"><div class="${kind}" dir="auto">${back}</div></div>${tags}</li>`,
    );
    onCard(at + 1);
  });
  if (deck !== null) body.push('</ol>');

  return {
    html: page(title, cards.length, choice, body.join('\n')),
    media: pictures.count(),
    leftOut: [
      ...[...dropped].map(([what, count]) => `${count} × ${what}: ${WHY[what] ?? ''}`),
      ...(pictures.isFull() ? ['Some pictures: all together they are too large for one page.'] : []),
    ],
  };
}

const WHY: Readonly<Record<string, string>> = {
  'remote picture': 'nothing is loaded from the network.',
  'missing picture': 'the deck has no such picture.',
  'active content': 'scripts, forms and the like have no place on paper.',
  sound: 'paper has no sound.',
};

function page(title: string, count: number, choice: SheetChoice, body: string): string {
  const heading = escapeHtml(title);
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Tracedeck">
<title>${heading}</title>
<style>${STYLE}
@page { size: ${choice.paper === 'letter' ? 'letter' : 'A4'}; margin: 12mm; }
</style>
</head>
<body>
<h1>${heading} <small>${count} ${count === 1 ? 'card' : 'cards'}</small></h1>
${body}
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1c1e; --soft: #63666b; --line: #c9ccd1; --paper: #fff; --gap: #0b57d0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e9eb; --soft: #a2a6ad; --line: #45494f; --paper: #17191c; --gap: #8ab4f8; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #555; --line: #999; --paper: #fff; --gap: #000; }
}
body { margin: 2rem auto; padding: 0 1rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 11pt/1.45 system-ui, "Segoe UI", "Noto Sans", "Apple SD Gothic Neo", "Malgun Gothic", NanumGothic, "Hiragino Sans", "Yu Gothic", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
h1 { font-size: 1.4em; margin: 0 0 .6em; }
h1 small { font-size: .6em; font-weight: 400; color: var(--soft); }
h2 { font-size: 1.1em; margin: 1.2em 0 .5em; break-after: avoid; }
ol { list-style: none; margin: 0; padding: 0; }
li { break-inside: avoid; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; }
.cloze { color: var(--gap); font-weight: 700; }
.gone, footer { color: var(--soft); font-size: .8em; }
img { max-width: 100%; max-height: 60mm; }
.occlusion { display: inline-block; position: relative; line-height: 0; print-color-adjust: exact; }
.occlusion-masks { position: absolute; inset: 0; }
.mask-text { fill: #000; stroke: #fff; stroke-width: 4px; paint-order: stroke; }
table { border-collapse: collapse; }
td, th { border: 1px solid var(--line); padding: 2px 6px; }
ruby { ruby-position: over; }
.list li { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.5em; padding: .45em 0; border-top: 1px solid var(--line); }
.list footer { grid-column: 1 / -1; }
.grid { display: grid; grid-template-columns: 1fr 1fr; border-top: 1px dashed var(--line); border-left: 1px dashed var(--line); }
.grid li { display: grid; position: relative; grid-template-rows: 1fr 1fr; min-height: 84mm; border-right: 1px dashed var(--line); border-bottom: 1px dashed var(--line); text-align: center; }
.grid .side { display: grid; place-content: center; padding: 5mm; min-height: 30mm; }
.grid .back { border-top: 1px dotted var(--line); }
.grid footer { position: absolute; inset: auto 3mm 1.5mm; }
`;
