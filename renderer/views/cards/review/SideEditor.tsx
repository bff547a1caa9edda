import { useState } from 'react';
import type { Card } from '../../../../shared/card.ts';
import { saveSides } from '../../../store/reviewCommands.ts';
import { Button } from '../../../ui/Button.tsx';
import { LongTextField } from '../../../ui/TextField.tsx';

type Props = {
  readonly card: Card;
  readonly onSaved: () => void;
  readonly onClose: () => void;
};

/** Both sides of a card of our own and what it quotes, to be written over. mod+Enter saves, Escape gives up. */
export function SideEditor({ card, onSaved, onClose }: Props) {
  // The card may change below the form.
  const [was] = useState({ front: card.front, back: card.back });
  const [front, setFront] = useState(card.front);
  const [back, setBack] = useState(card.back);
  const [quote, setQuote] = useState(card.quote ?? '');
  const [busy, setBusy] = useState(false);
  async function save() {
    setBusy(true);
    const sides = { front, back, was, quote: quote.trim() || null };
    const saved = await saveSides(card.noteId, card.cardId, sides);
    setBusy(false);
    if (saved) onSaved();
  }
  const isEmpty = front.trim() === '';
  return (
    <form
      className="side-editor"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isEmpty) void save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          event.stopPropagation();
          if (!isEmpty) void save();
        }
      }}
    >
      <LongTextField
        label="Front"
        error={isEmpty ? 'A card asks something.' : undefined}
        note={card.type === 'cloze' ? 'A gap is written {{c1::hidden}}.' : undefined}
        rows={3}
        data-autofocus
        // The editor was asked for: that is where the writer wants to be.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={front}
        onChange={setFront}
      />
      <LongTextField label="Back" rows={4} value={back} onChange={setBack} />
      <LongTextField
        label="Quote"
        note="The words of the source that the card rests on; none, where it is empty."
        rows={2}
        value={quote}
        onChange={setQuote}
      />
      <div className="row">
        <Button tone="primary" type="submit" disabled={busy || isEmpty}>
          Save
        </Button>
        <Button tone="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
