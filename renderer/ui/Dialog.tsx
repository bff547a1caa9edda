import './dialog.css';
import { useId, useLayoutEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { Button } from './Button.tsx';

type Props = {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
  readonly wide?: boolean;
  /** Files may be dropped on the window while it is open. */
  readonly takesFiles?: boolean;
};

/**
 * A modal of the platform's own: focus stays inside, Escape closes, focus goes back where it was. What carries
 * `data-autofocus` has the focus first; React's own `autoFocus` comes too early for a modal.
 */
export function Dialog({ title, onClose, children, actions, wide, takesFiles }: Props) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // A layout effect: it ends while the dialog is still in the page, and only so can the focus go back.
  useLayoutEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    if (element !== null && !element.open) {
      element.showModal();
      element.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    }
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener.isConnected && document.activeElement !== opener) {
        opener.focus();
      }
    };
  }, []);
  return (
    // A click beside the dialog closes it; by keyboard Escape does.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <dialog
      ref={dialog}
      className={wide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={id}
      data-takes-files={takesFiles}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-box">
        <header>
          <h2 id={id}>{title}</h2>
          <Button tone="quiet" icon="close" iconOnly onClick={onClose}>
            Close
          </Button>
        </header>
        <div className="dialog-body">{children}</div>
        {actions && <footer>{actions}</footer>}
      </div>
    </dialog>
  );
}
