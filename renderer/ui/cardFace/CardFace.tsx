import './cardFace.css';
import { useEffect, useMemo, useRef } from 'react';
import type { Card } from '../../../shared/card.ts';
import { onThemeChange } from '../../derive/themeChange.ts';
import { ClozeText } from '../ClozeText.tsx';
import { clozeMarksToHtml } from './clozeHtml.ts';
import { cardStyle, nameFonts } from './cardStyle.ts';
import { mediaUrl, safeFragment } from './safeHtml.ts';

type Props = {
  readonly card: Pick<Card, 'format' | 'front' | 'back' | 'cloze' | 'type'>;
  readonly side: 'front' | 'back';
  /** Whether the gaps of a cloze front are filled in. */
  readonly revealed?: boolean;
  /** Style of the notetype; kept inside of the card. */
  readonly css?: string;
};

/** One side of a card as it is meant to look: plain text, or the HTML of an imported one, made harmless. */
export function CardFace({ card, side, revealed = false, css = '' }: Props) {
  const text = side === 'front' ? card.front : card.back;
  if (card.format === 'html') {
    const html = card.cloze === null ? text : clozeMarksToHtml(text, card.cloze, revealed || side === 'back');
    return <HtmlFace html={html} css={css} />;
  }
  return (
    <p className="card-text" dir="auto">
      {card.type === 'cloze' && side === 'front' ? (
        <ClozeText text={text} revealed={revealed} asked={card.cloze} />
      ) : (
        text
      )}
    </p>
  );
}

/** In a shadow tree: the notetype's style reaches the card and nothing else, and ours does not change it. */
function HtmlFace({ html, css }: { html: string; css: string }) {
  const host = useRef<HTMLDivElement>(null);
  const fragment = useMemo(() => safeFragment(html), [html]);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const { sheet, fonts } = cardStyle(css);
    root.adoptedStyleSheets = [cardStyle(BASE_CSS).sheet, sheet];
    const body = document.createElement('div');
    body.className = 'card';
    // As Anki names it: notetypes have other colours for it.
    const shade = () =>
      body.classList.toggle('nightMode', document.documentElement.dataset['theme'] === 'dark');
    shade();
    const unfollow = onThemeChange(shade);
    body.append(fragment.cloneNode(true));
    for (const { style } of body.querySelectorAll<HTMLElement>('[style]')) nameFonts(style, fonts);
    root.replaceChildren(body);
    const play = (event: Event) => {
      const name = (event.target as HTMLElement).closest<HTMLElement>('[data-sound]')?.dataset['sound'];
      if (name !== undefined) void new Audio(mediaUrl(name)).play().catch(() => {});
    };
    root.addEventListener('click', play);
    return () => {
      unfollow();
      root.removeEventListener('click', play);
    };
  }, [fragment, css]);
  // Around the tree's host: that one the notetype's style can reach, and would have it cover the page.
  return (
    <div className="card-html">
      <div ref={host} dir="auto" />
    </div>
  );
}

const BASE_CSS = `
  :host { display: block; contain: content; }
  .card { text-align: center; overflow-wrap: anywhere; }
  img { max-width: 100%; max-height: 45vh; height: auto; }
  .cloze { font-weight: 620; color: var(--accent-text, var(--accent)); }
  hr { border: 0; border-top: 1px solid var(--line); margin: 16px 0; }
  .card-refused { color: var(--text-3); font-size: 0.85em; }
  .card-sound { border: 1px solid var(--line); border-radius: 999px; background: none; color: inherit; padding: 2px 10px; }
  a { color: var(--accent); }
  .occlusion { display: inline-block; position: relative; line-height: 0; }
  .occlusion-masks { position: absolute; inset: 0; overflow: visible; }
  .mask-asked { fill: var(--active-shape-color, #ff8e8e); }
  .mask-other { fill: var(--inactive-shape-color, #ffeba2); }
  .mask-shown { fill: var(--highlight-shape-color, none); }
  .mask-text { fill: #000; stroke: #fff; stroke-width: 4px; paint-order: stroke; font-size: 1em; }
`;
