import { useEffect, useState } from 'react';
import { onThemeChange } from '../derive/themeChange.ts';

/** Grows with every change of theme, contrast or forced colours: what is painted has to be painted anew. */
export function useThemeCount(): number {
  const [count, setCount] = useState(0);
  useEffect(() => onThemeChange(() => setCount((before) => before + 1)), []);
  return count;
}
