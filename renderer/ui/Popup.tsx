import './popup.css';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { Button } from './Button.tsx';
import type { IconName } from './Icon.tsx';

type Props = {
  /** What the button says, and the panel is called. */
  readonly label: ReactNode;
  readonly name?: string;
  readonly icon?: IconName;
  readonly iconOnly?: boolean;
  readonly tone?: 'plain' | 'quiet';
  readonly title?: string;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly alignEnd?: boolean;
  readonly role: 'menu' | 'dialog';
  readonly children: (close: () => void) => ReactNode;
};

/** Between button and panel, and between panel and the window's edge. */
const GAP_PX = 4;
const EDGE_PX = 8;
const LEAST_PX = 120;

/**
 * A button with a panel at it, in the top layer: no scroller cuts it. Escape and a click elsewhere close it, and the
 * focus goes back to the button.
 */
export function Popup(props: Props) {
  const {
    label,
    name,
    icon,
    iconOnly,
    tone,
    title,
    disabled,
    pressed,
    alignEnd = false,
    role,
    children,
  } = props;
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const close = () => {
    const isInside = frame.current?.contains(document.activeElement) ?? false;
    setOpen(false);
    if (isInside) frame.current?.querySelector('button')?.focus();
  };

  useEffect(() => {
    if (!isOpen) return;
    const onPointer = (event: PointerEvent) => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener('pointerdown', onPointer, true);
    return () => removeEventListener('pointerdown', onPointer, true);
  }, [isOpen]);
  useLayoutEffect(() => {
    const [shown, button] = [panel.current, frame.current?.querySelector('button')];
    if (!isOpen || shown === null || button == null) return;
    shown.showPopover();
    const move = () => place(shown, button.getBoundingClientRect(), alignEnd);
    move();
    shown
      .querySelector<HTMLElement>('[data-autofocus], [role^=menuitem], input, select, button')
      ?.focus({ preventScroll: true });
    addEventListener('resize', move);
    addEventListener('scroll', move, true);
    return () => {
      removeEventListener('resize', move);
      removeEventListener('scroll', move, true);
    };
  }, [isOpen, alignEnd]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === 'ArrowDown' && !isOpen && role === 'menu') {
      event.preventDefault();
      event.stopPropagation();
      setOpen(true);
    }
  };
  return (
    // The keys are those of the button and of what is in the panel.
    <div
      className="popup"
      ref={frame}
      onKeyDown={onKeyDown}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget !== null && !frame.current?.contains(relatedTarget)) setOpen(false);
      }}
    >
      <Button
        aria-haspopup={role}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={iconOnly ? undefined : name}
        className={pressed ? 'is-on' : undefined}
        title={title}
        disabled={disabled}
        onClick={() => (isOpen ? close() : setOpen(true))}
        {...(tone === undefined ? {} : { tone })}
        {...(icon === undefined ? {} : { icon })}
        {...(iconOnly === undefined ? {} : { iconOnly })}
      >
        {label}
        {!iconOnly && (
          <span className="popup-arrow" aria-hidden="true">
            ▾
          </span>
        )}
      </Button>
      {isOpen && (
        <div
          id={id}
          ref={panel}
          role={role}
          aria-label={name ?? (typeof label === 'string' ? label : undefined)}
          popover="manual"
          className="popup-panel"
        >
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** Below the button, above it where there is more room; always inside of the window. */
function place(panel: HTMLElement, button: DOMRect, alignEnd: boolean): void {
  const { style } = panel;
  const belowPx = innerHeight - button.bottom - GAP_PX - EDGE_PX;
  const abovePx = button.top - GAP_PX - EDGE_PX;
  style.maxHeight = '';
  const isAbove = panel.offsetHeight > belowPx && abovePx > belowPx;
  style.maxHeight = `min(460px, ${Math.max(LEAST_PX, isAbove ? abovePx : belowPx)}px)`;
  const left = alignEnd ? button.right - panel.offsetWidth : button.left;
  style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - panel.offsetWidth - EDGE_PX))}px`;
  style.top = `${isAbove ? button.top - GAP_PX - panel.offsetHeight : button.bottom + GAP_PX}px`;
}
