/**
 * Cloze marks in HTML as Anki shows them: the gap that is asked as `<span class="cloze">[...]</span>`, the others as
 * `<span class="cloze-inactive">`. Gaps nest; one gap may count for several cards, `{{c1,3::…}}`.
 */
import { openCloze, parseCloze } from '../../shared/cloze.ts';
import type { ClozePart } from '../../shared/cloze.ts';
import { isMask } from './occlusion.ts';

/** The field as the card of gap `asked` shows it; empty where it has no such gap. */
export function renderCloze(html: string, asked: number, side: 'front' | 'back'): string {
  const state = { found: false };
  const shown = render(parseCloze(html), asked, side, state);
  return state.found ? shown : '';
}

/** What `{{type:cloze:…}}` expects: the text of the gaps that are asked. */
export function clozeAnswer(html: string, asked: number): string {
  const answers: string[] = [];
  const visit = (parts: readonly ClozePart[]) => {
    for (const part of parts) {
      if (typeof part === 'string') continue;
      if (part.numbers.includes(asked)) answers.push(openCloze(part.parts));
      else visit(part.parts);
    }
  };
  visit(parseCloze(html));
  return [...new Set(answers)].join(', ');
}

function render(
  parts: readonly ClozePart[],
  asked: number,
  side: 'front' | 'back',
  state: { found: boolean },
): string {
  let inMath = false;
  return parts
    .map((part) => {
      if (typeof part === 'string') {
        inMath = endsInMath(part, inMath);
        return part;
      }
      const isAsked = part.numbers.includes(asked);
      if (isAsked) state.found = true;
      // Drawn over the picture, where the template has a place for it.
      if (isMask(part)) return '';
      const kind = isAsked ? 'cloze' : 'cloze-inactive';
      const hides = isAsked && side === 'front';
      const text = hides ? `[${part.hint ?? '...'}]` : render(part.parts, asked, side, state);
      // Within \( \) a tag would be read as mathematics.
      if (inMath) return text;
      return `<span class="${kind}" data-ordinal="${part.numbers.join(',')}">${text}</span>`;
    })
    .join('');
}

function endsInMath(text: string, before: boolean): boolean {
  const opened = Math.max(text.lastIndexOf('\\('), text.lastIndexOf('\\['));
  const closed = Math.max(text.lastIndexOf('\\)'), text.lastIndexOf('\\]'));
  return opened === closed ? before : opened > closed;
}
