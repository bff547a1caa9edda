import { useEffect, useState } from 'react';

/** Grows with every change of theme or of forced colours: what is painted has to be painted anew. */
export function useThemeCount(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const changed = () => setCount((before) => before + 1);
    const observer = new MutationObserver(changed);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const forced = matchMedia('(forced-colors: active)');
    forced.addEventListener('change', changed);
    return () => {
      observer.disconnect();
      forced.removeEventListener('change', changed);
    };
  }, []);
  return count;
}
