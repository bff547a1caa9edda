import { useState } from 'react';
import type { NoteDetail } from '../../../../shared/deck.ts';
import { getApi } from '../../../api.ts';
import { asked } from '../../../store/commands.ts';
import { useStore } from '../../../store/index.ts';
import { selectTags } from '../../../store/selectors.ts';
import { Button } from '../../../ui/Button.tsx';

/** The note's tags: one is added by Enter, taken off by its cross. */
export function TagEditor({ note, onSaved }: { note: NoteDetail; onSaved: () => void }) {
  const known = useStore(selectTags);
  const [text, setText] = useState('');
  async function save(tags: readonly string[]) {
    const saved = await asked(getApi().editNote({ noteId: note.noteId, tags: [...tags], cause: 'edit' }));
    if (saved !== undefined) onSaved();
  }
  return (
    <form
      className="row row-wrap tag-editor"
      aria-label="Tags"
      onSubmit={(event) => {
        event.preventDefault();
        const added = text.trim().split(/\s+/).filter(Boolean);
        if (added.length > 0) void save([...new Set([...note.tags, ...added])]);
      }}
    >
      <ul className="row row-wrap" aria-label="Tags">
        {note.tags.map((tag) => (
          <li key={tag} className="badge tag-chip">
            {tag}
            <Button
              tone="quiet"
              icon="close"
              iconOnly
              onClick={() => void save(note.tags.filter((other) => other !== tag))}
            >
              Take off {tag}
            </Button>
          </li>
        ))}
      </ul>
      <input
        className="input tag-input"
        aria-label="Add a tag"
        placeholder="Add a tag"
        list="known-tags"
        maxLength={120}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <datalist id="known-tags">
        {known.slice(0, 500).map(({ tag }) => (
          <option key={tag}>{tag}</option>
        ))}
      </datalist>
    </form>
  );
}
