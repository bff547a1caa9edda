import type { ComponentProps, KeyboardEvent, ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './Icon.tsx';
import { Popup } from './Popup.tsx';

export type MenuItem = {
  readonly id: string;
  readonly label: ReactNode;
  readonly note?: string;
  readonly icon?: IconName;
  /** One of several that is chosen now. */
  readonly isChosen?: boolean;
  readonly disabled?: boolean;
  readonly run: () => void;
};

type Props = Omit<ComponentProps<typeof Popup>, 'role' | 'children'> & {
  readonly items: readonly MenuItem[];
  /** Where there are no items. */
  readonly none?: string;
};

/** A button with things to do or to choose from: arrows, Home, End and first letters move, Enter does. */
export function Menu({ items, none, ...popup }: Props) {
  return (
    <Popup role="menu" {...popup}>
      {(close) => (
        <div className="menu" onKeyDown={onMenuKey} role="none">
          {items.length === 0 && <p className="menu-none faint">{none}</p>}
          {items.map((item) => (
            <button
              key={item.id}
              type="button"
              role={item.isChosen === undefined ? 'menuitem' : 'menuitemradio'}
              aria-checked={item.isChosen}
              tabIndex={-1}
              disabled={item.disabled}
              data-action={`menu.${item.id.split(' ')[0]}`}
              onClick={() => {
                close();
                item.run();
              }}
            >
              {item.icon !== undefined && <Icon name={item.icon} />}
              {item.isChosen !== undefined && (
                <span className="menu-mark">{item.isChosen && <Icon name="check" size={14} />}</span>
              )}
              <span className="grow">
                {item.label}
                {item.note !== undefined && <span className="menu-note faint">{item.note}</span>}
              </span>
            </button>
          ))}
        </div>
      )}
    </Popup>
  );
}

function onMenuKey(event: KeyboardEvent<HTMLElement>) {
  const items = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  const { length } = items;
  const to = {
    ArrowDown: (at + 1) % length,
    ArrowUp: (at + length - 1) % length,
    Home: 0,
    End: length - 1,
  }[event.key];
  const byLetter =
    /^\S$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey
      ? items.findIndex((item, index) => {
          const text = item.textContent?.trim().toLowerCase() ?? '';
          return index > at && text.startsWith(event.key.toLowerCase());
        })
      : -1;
  const next = items[to ?? byLetter];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}
