/**
 * Cloze marks in HTML as Anki shows them: the gap that is asked as `<span class="cloze">[...]</span>`, the others as
 * `<span class="cloze-inactive">`. Gaps nest; one gap may count for several cards, `{{c1,3::…}}`.
 */
type Gap = { readonly ordinals: readonly number[]; readonly parts: Part[]; hint: string | null };
type Part = string | Gap;

const OPEN = /\{\{c(\d{1,3}(?:,\d{1,3})*)::/y;
const MAX_DEPTH = 8;

function parse(text: string): readonly Part[] {
  const top: Part[] = [];
  const stack: Gap[] = [];
  const marks: string[] = [];
  const into = () => stack.at(-1)?.parts ?? top;
  const add = (piece: string) => {
    const gap = stack.at(-1);
    if (gap === undefined) top.push(piece);
    else if (gap.hint !== null) gap.hint += piece;
    else {
      const split = piece.indexOf('::');
      if (split < 0) gap.parts.push(piece);
      else {
        if (split > 0) gap.parts.push(piece.slice(0, split));
        gap.hint = piece.slice(split + 2);
      }
    }
  };
  let at = 0;
  while (at < text.length) {
    OPEN.lastIndex = at;
    const mark = text.startsWith('{{c', at) && stack.length < MAX_DEPTH ? OPEN.exec(text) : null;
    if (mark !== null) {
      stack.push({ ordinals: mark[1]!.split(',').map(Number), parts: [], hint: null });
      marks.push(mark[0]);
      at += mark[0].length;
    } else if (stack.length > 0 && text.startsWith('}}', at)) {
      const gap = stack.pop()!;
      marks.pop();
      into().push(gap);
      at += 2;
    } else {
      const end = nextMark(text, at + 1);
      add(text.slice(at, end));
      at = end;
    }
  }
  // A gap that never ends is text, as it looks.
  while (stack.length > 0) {
    const { parts, hint } = stack.pop()!;
    into().push(marks.pop()!, ...parts, ...(hint === null ? [] : [`::${hint}`]));
  }
  return top;
}

function nextMark(text: string, from: number): number {
  let at = from;
  while (at < text.length && !(text[at] === text[at + 1] && (text[at] === '{' || text[at] === '}'))) at += 1;
  return at;
}

/** Numbers of all gaps of a text, ascending. */
export function clozeNumbers(html: string): number[] {
  const numbers = new Set<number>();
  const visit = (parts: readonly Part[]) => {
    for (const part of parts) {
      if (typeof part === 'string') continue;
      for (const ordinal of part.ordinals) if (ordinal > 0) numbers.add(ordinal);
      visit(part.parts);
    }
  };
  if (html.includes('{{c')) visit(parse(html));
  return [...numbers].sort((a, b) => a - b);
}

/** The field as the card of gap `asked` shows it; empty where it has no such gap. */
export function renderCloze(html: string, asked: number, side: 'front' | 'back'): string {
  const state = { found: false };
  const shown = render(parse(html), asked, side, state);
  return state.found ? shown : '';
}

/** What `{{type:cloze:…}}` expects: the text of the gaps that are asked. */
export function clozeAnswer(html: string, asked: number): string {
  const answers: string[] = [];
  const visit = (parts: readonly Part[]) => {
    for (const part of parts) {
      if (typeof part === 'string') continue;
      if (part.ordinals.includes(asked)) answers.push(textOf(part.parts));
      else visit(part.parts);
    }
  };
  visit(parse(html));
  return [...new Set(answers)].join(', ');
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : textOf(part.parts))).join('');
}

function render(
  parts: readonly Part[],
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
      const isAsked = part.ordinals.includes(asked);
      if (isAsked) state.found = true;
      const shape = shapeOf(part);
      const kind = isAsked ? 'cloze' : 'cloze-inactive';
      const ordinal = `data-ordinal="${part.ordinals.join(',')}"`;
      if (shape !== null) return `<div class="${kind}" ${ordinal}${shape}></div>`;
      const hides = isAsked && side === 'front';
      const text = hides ? `[${part.hint ?? '...'}]` : render(part.parts, asked, side, state);
      // Within \( \) a tag would be read as mathematics.
      if (inMath) return text;
      return `<span class="${kind}" ${ordinal}>${text}</span>`;
    })
    .join('');
}

function endsInMath(text: string, before: boolean): boolean {
  const opened = Math.max(text.lastIndexOf('\\('), text.lastIndexOf('\\['));
  const closed = Math.max(text.lastIndexOf('\\)'), text.lastIndexOf('\\]'));
  return opened === closed ? before : opened > closed;
}

/** Attributes of a mask of an image occlusion note, `image-occlusion:rect:left=.1:top=.2`; `null` for a text. */
function shapeOf({ parts }: Gap): string | null {
  const [only] = parts;
  if (typeof only !== 'string' || !only.startsWith('image-occlusion:') || only.length > 4000) return null;
  const [, shape = '', ...properties] = only.split(':');
  const attributes = properties.flatMap((property) => {
    const [key = '', value = ''] = property.split('=');
    return /^[a-z]{1,20}$/i.test(key) ? [` data-${key}="${value.replace(/[^\w.,\- ]/g, '')}"`] : [];
  });
  return ` data-shape="${shape.replace(/\W/g, '')}"${attributes.join('')}`;
}
