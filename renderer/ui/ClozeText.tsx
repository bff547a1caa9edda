import './clozeText.css';
import { clozeParts } from '../derive/cloze.ts';

/** A front with its marks: as gaps while asked, filled in once revealed. */
export function ClozeText({ text, revealed }: { text: string; revealed: boolean }) {
  return clozeParts(text).map((part, index) =>
    part.kind === 'text' ? (
      part.text
    ) : (
      <mark key={index} className={revealed ? 'cloze cloze-shown' : 'cloze'}>
        {revealed ? part.hidden : (part.hint ?? <span aria-label="hidden">…</span>)}
      </mark>
    ),
  );
}
