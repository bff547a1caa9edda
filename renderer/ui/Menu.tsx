import type { ComponentProps, KeyboardEvent, ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './Icon.tsx';
import { Kbd } from './Kbd.tsx';
import { Popup } from './Popup.tsx';

export type MenuItem = {
  readonly id: string;
  readonly label: ReactNode;
  readonly note?: string;
  readonly icon?: IconName;
  /** The key that does the same. */
  readonly keys?: string;
  /** One of several that is chosen now. */
  readonly isChosen?: boolean;
  /** Something that is switched on and off; the menu stays open for the next. */
  readonly isOn?: boolean;
  readonly disabled?: boolean;
  readonly run: () => void;
};
/** Above the items that follow. */
export type MenuHeading = { readonly heading: string };
export type MenuEntry = MenuItem | MenuHeading;

type Props = Omit<ComponentProps<typeof Popup>, 'role' | 'children'> & {
  readonly items: readonly MenuEntry[];
  /** Where there are no items. */
  readonly none?: string;
};

/** A button with things to do or to choose from: arrows, Home, End and first letters move, Enter does. */
export function Menu({ items, none, ...popup }: Props) {
  // Where some items have a mark, the words of all stand in one line.
  const hasMarks = items.some((item) => 'id' in item && (item.isChosen ?? item.isOn) !== undefined);
  return (
    <Popup role="menu" {...popup}>
      {(close) => (
        // What is below the menu has no part in its clicks.
        <div
          className="menu"
          role="none"
          onKeyDown={onMenuKey}
          onClick={(event) => event.stopPropagation()}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          {items.length === 0 && <p className="menu-none faint">{none}</p>}
          {items.map((item) =>
            'heading' in item ? (
              <div key={item.heading} className="menu-heading" role="presentation">
                {item.heading}
              </div>
            ) : (
              <Item key={item.id} item={item} hasMark={hasMarks} close={close} />
            ),
          )}
        </div>
      )}
    </Popup>
  );
}

type ItemProps = { readonly item: MenuItem; readonly hasMark: boolean; readonly close: () => void };

function Item({ item, hasMark, close }: ItemProps) {
  const { isChosen, isOn } = item;
  const role =
    isChosen !== undefined ? 'menuitemradio' : isOn !== undefined ? 'menuitemcheckbox' : 'menuitem';
  return (
    <button
      type="button"
      role={role}
      aria-checked={isChosen ?? isOn}
      aria-keyshortcuts={item.keys}
      tabIndex={-1}
      disabled={item.disabled}
      data-action={`menu.${item.id.split(' ')[0]}`}
      onClick={() => {
        if (isOn === undefined) close();
        item.run();
      }}
    >
      {item.icon !== undefined && <Icon name={item.icon} />}
      {hasMark && (
        <span className="menu-mark">{(isChosen ?? isOn) === true && <Icon name="check" size={14} />}</span>
      )}
      <span className="grow">
        {item.label}
        {item.note !== undefined && <span className="menu-note faint">{item.note}</span>}
      </span>
      {item.keys !== undefined && <Kbd keys={item.keys} hidden />}
    </button>
  );
}

function onMenuKey(event: KeyboardEvent<HTMLElement>) {
  // The popup closes; keys of the view below mean nothing here.
  if (event.key === 'Escape' || event.key === 'Tab') return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  event.stopPropagation();
  const items = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  const { length } = items;
  const to = {
    ArrowDown: (at + 1) % length,
    ArrowUp: (at + length - 1) % length,
    Home: 0,
    End: length - 1,
  }[event.key];
  const isLetter = /^\S$/.test(event.key);
  const after = [...items.slice(at + 1), ...items.slice(0, Math.max(0, at))];
  const next =
    to !== undefined
      ? items[to]
      : isLetter
        ? after.find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))
        : undefined;
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
