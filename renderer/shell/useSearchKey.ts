import { useEffect, type RefObject } from 'react';
import { isForView, isTyping } from './shortcuts.ts';

/** `/` goes to the view's search field, where it has one at the moment. */
export function useSearchKey(field: RefObject<{ readonly focus: () => void } | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || field.current === null) return;
      if (isTyping(event.target) || !isForView(event)) return;
      event.preventDefault();
      field.current.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [field]);
}
