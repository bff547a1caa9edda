import './tabs.css';
import { useId, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';

type Props<T extends string> = {
  readonly label: string;
  readonly tabs: readonly { readonly id: T; readonly label: ReactNode }[];
  readonly selected: T;
  readonly onSelect: (id: T) => void;
  /** Stands at the right end of the tab row. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
};

/** Tabs with one tab stop; arrows, Home and End move between them. */
export function Tabs<T extends string>({ label, tabs, selected, onSelect, aside, children }: Props<T>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent) {
    const at = tabs.findIndex((tab) => tab.id === selected);
    const to = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    }[event.key];
    const tab = to === undefined ? undefined : tabs[to];
    if (to === undefined || tab === undefined) return;
    event.preventDefault();
    onSelect(tab.id);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[to]?.focus();
  }

  return (
    <div className="tabs">
      <div className="tabs-bar">
        <div role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`${id}-${tab.id}`}
              aria-selected={tab.id === selected}
              aria-controls={`${id}-panel`}
              tabIndex={tab.id === selected ? 0 : -1}
              onClick={() => onSelect(tab.id)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {aside}
      </div>
      {/* A tab stop, so that a panel of mere text can be scrolled by keys. */}
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${selected}`}
        className="tabs-panel"
        tabIndex={0}
      >
        {children}
      </div>
    </div>
  );
}
