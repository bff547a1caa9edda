import './clozeText.css';
import { clozeParts } from '../derive/cloze.ts';

type Props = {
  readonly text: string;
  readonly revealed: boolean;
  /** The gap that is asked for: the others are open. All are asked for where it is not given. */
  readonly asked?: number | null;
};

/** A front with its marks: as gaps while asked, filled in once revealed. */
export function ClozeText({ text, revealed, asked = null }: Props) {
  return clozeParts(text).map((part, index) =>
    part.kind === 'text' ? (
      part.text
    ) : asked !== null && part.number !== asked ? (
      part.hidden
    ) : (
      <mark key={index} className={revealed ? 'cloze cloze-shown' : 'cloze'}>
        {revealed ? part.hidden : (part.hint ?? <span aria-label="hidden">…</span>)}
      </mark>
    ),
  );
}
