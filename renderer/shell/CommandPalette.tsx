import './commandPalette.css';
import { useMemo, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { getState } from '../store/index.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { commandList, matchCommands } from './commandList.ts';
import type { Command } from './commandList.ts';

export function CommandPalette() {
  const [question, setQuestion] = useState('');
  const [at, setAt] = useState(0);
  // The list is that of the moment it was opened: rows must not move under the hand.
  const all = useMemo(() => commandList(getState()), []);
  const found = matchCommands(all, question);
  const close = () => getState().overlayChanged(null);

  function run(command: Command | undefined) {
    if (command === undefined) return;
    close();
    command.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((at + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[at]);
    }
  }

  return (
    <Dialog title="Find a command" onClose={close}>
      <input
        className="input"
        data-autofocus
        role="combobox"
        aria-label="Find a command"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[at] && `palette-${at}`}
        placeholder="Type a few letters"
        value={question}
        onChange={(event) => {
          setQuestion(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" role="listbox" aria-label="Commands" className="palette">
        {found.map((command, index) => (
          // The keys are the text field's: it keeps the focus, as a combobox does.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={command.title}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => run(command)}
            onPointerMove={() => setAt(index)}
          >
            <Icon name={command.icon} />
            <span className="grow truncate">{command.title}</span>
            {command.keys !== undefined && <Kbd keys={command.keys} />}
          </div>
        ))}
        {found.length === 0 && <p className="muted">Nothing matches.</p>}
      </div>
    </Dialog>
  );
}
