import './clozeText.css';
import { parseCloze } from '../../shared/cloze.ts';
import type { ClozePart } from '../../shared/cloze.ts';

type Shown = {
  readonly revealed: boolean;
  /** The gap that is asked for: the others are open. All are asked for where it is not given. */
  readonly asked?: number | null;
};

/** A front with its marks: as gaps while asked, filled in once revealed. */
export function ClozeText({ text, ...shown }: Shown & { readonly text: string }) {
  return <Parts parts={parseCloze(text)} {...shown} />;
}

function Parts({ parts, revealed, asked = null }: Shown & { readonly parts: readonly ClozePart[] }) {
  return parts.map((part, index) => {
    if (typeof part === 'string') return part;
    const within = <Parts key={index} parts={part.parts} revealed={revealed} asked={asked} />;
    if (asked !== null && !part.numbers.includes(asked)) return within;
    return (
      <mark key={index} className={revealed ? 'cloze cloze-shown' : 'cloze'}>
        {revealed ? within : part.hint || <span aria-label="hidden">…</span>}
      </mark>
    );
  });
}
