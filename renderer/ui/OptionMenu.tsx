import { useId, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import './optionMenu.css';

export type MenuItem =
  | {
      readonly kind: 'action';
      readonly label: string;
      readonly keys?: string;
      readonly isOff?: boolean;
      readonly run: () => void;
    }
  | {
      readonly kind: 'check';
      readonly label: string;
      readonly keys?: string;
      readonly isOff?: boolean;
      readonly isOn: boolean;
      readonly run: () => void;
    }
  | { readonly kind: 'group'; readonly label: string };

type Props = {
  /** On the button. */
  readonly text: string;
  /** What the menu is about. */
  readonly label: string;
  readonly items: readonly MenuItem[];
};

/** A button and its menu, in the top layer: no scroller cuts it. */
export function OptionMenu({ text, label, items }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(false);

  const place = () => {
    const [from, list] = [button.current?.getBoundingClientRect(), menu.current];
    if (from === undefined || list === null) return;
    list.style.maxHeight = `${Math.max(120, innerHeight - from.bottom - 12)}px`;
    list.style.top = `${from.bottom + 4}px`;
    list.style.left = `${Math.max(8, Math.min(from.left, innerWidth - list.offsetWidth - 8))}px`;
  };
  const entries = () => [...(menu.current?.querySelectorAll<HTMLElement>('button:not(:disabled)') ?? [])];
  const close = () => {
    menu.current?.hidePopover();
    button.current?.focus();
  };
  // The items are there only while it is open.
  useLayoutEffect(() => {
    if (!isOpen) return;
    place();
    entries()[0]?.focus();
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (to !== undefined) all[to % all.length]?.focus();
    else if (event.key.length === 1 && event.key !== ' ') {
      const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
      after.find((each) => each.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    } else if (event.key !== 'Enter' && event.key !== ' ') return;
    // Keys of the view below mean nothing here.
    event.stopPropagation();
    if (event.key !== 'Enter' && event.key !== ' ' && event.key !== 'Tab') event.preventDefault();
  };
  return (
    <>
      <button
        data-action="Open a menu"
        ref={button}
        type="button"
        className="tv-menu-button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={id}
        aria-label={`${text}: ${label}`}
        title={label}
        popoverTarget={id}
      >
        {text}
      </button>
      <div
        ref={menu}
        id={id}
        className="tv-menu"
        role="menu"
        aria-label={label}
        popover="auto"
        onToggle={(event) => {
          setIsOpen((event as unknown as { readonly newState: string }).newState === 'open');
        }}
        onKeyDown={onKeyDown}
        onClick={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        {isOpen &&
          items.map((item) =>
            item.kind === 'group' ? (
              <div key={item.label} className="tv-menu-group" role="presentation">
                {item.label}
              </div>
            ) : (
              <button
                data-action="Menu item"
                key={item.label}
                type="button"
                tabIndex={-1}
                role={item.kind === 'check' ? 'menuitemcheckbox' : 'menuitem'}
                aria-checked={item.kind === 'check' ? item.isOn : undefined}
                disabled={item.isOff}
                onClick={() => {
                  item.run();
                  if (item.kind === 'action') close();
                }}
              >
                <i aria-hidden="true">{item.kind === 'check' && item.isOn ? '✓' : ''}</i>
                <span>{item.label}</span>
                {item.keys !== undefined && <kbd>{item.keys}</kbd>}
              </button>
            ),
          )}
      </div>
    </>
  );
}
