import './commandPalette.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { getState, useStore } from '../store/index.ts';
import { selectSavedQueries } from '../store/selectors.ts';
import { loadSavedQueries } from '../store/traceCommands.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { commandList, matchCommands } from './commandList.ts';
import type { Command } from './commandList.ts';

const PAGE = 8;

export function CommandPalette() {
  const [question, setQuestion] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const saved = useStore(selectSavedQueries);
  // The list is that of the moment it was opened: rows must not move under the hand. Saved queries come last.
  const all = useMemo(
    () => commandList(getState()),
    // oxlint-disable-next-line react/exhaustive-deps
    [saved],
  );
  const found = useMemo(() => matchCommands(all, question), [all, question]);
  const close = () => getState().overlayChanged(null);
  useEffect(() => void loadSavedQueries(), []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  function run(command: Command | undefined) {
    if (command === undefined) return;
    close();
    command.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const last = found.length - 1;
    const to = {
      ArrowDown: at === last ? 0 : at + 1,
      ArrowUp: at === 0 ? last : at - 1,
      PageDown: Math.min(last, at + PAGE),
      PageUp: Math.max(0, at - PAGE),
    }[event.key];
    if (to !== undefined) setAt(Math.max(0, to));
    else if (event.key === 'Enter') run(found[at]);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title="Find a command" onClose={close}>
      <input
        className="input"
        data-autofocus
        role="combobox"
        aria-label="Find a command"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls="palette-list"
        aria-activedescendant={found[at] && `palette-${at}`}
        placeholder="A place, a command, a saved query"
        value={question}
        onChange={(event) => {
          setQuestion(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {found.length === 0 ? (
        <p className="palette-none muted">Nothing matches.</p>
      ) : (
        <div ref={list} id="palette-list" role="listbox" aria-label="Commands" className="palette">
          {found.map((command, index) => (
            // The keys are the text field's: it keeps the focus, as a combobox does.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={command.id}
              id={`palette-${index}`}
              role="option"
              aria-selected={index === at}
              onClick={() => run(command)}
              onPointerMove={() => setAt(index)}
            >
              <Icon name={command.icon} />
              <span className="grow truncate" title={command.title}>
                {command.title}
              </span>
              {command.keys === undefined ? (
                <span className="palette-group">{command.group}</span>
              ) : (
                <Kbd keys={command.keys} />
              )}
            </div>
          ))}
        </div>
      )}
      <p role="status" className="visually-hidden">
        {question !== '' && `${found.length} ${found.length === 1 ? 'command' : 'commands'}`}
      </p>
    </Dialog>
  );
}
