import { useLayoutEffect, useState } from 'react';
import type { RefObject } from 'react';
import { colourIndex, cssColour, paletteColours } from '../derive/palette.ts';
import type { ThemeName } from '../derive/palette.ts';
import { onThemeChange } from '../derive/themeChange.ts';
import { readTheme } from './theme.ts';

const palettes: Readonly<Record<ThemeName, readonly string[]>> = {
  light: paletteColours('light').map(cssColour),
  dark: paletteColours('dark').map(cssColour),
};

/** CSS colour of an operation, in the theme in force at an element: the same that the canvas uses. */
export function useRowColours(element: RefObject<Element | null>): (name: string) => string {
  const [theme, setTheme] = useState<ThemeName>('light');
  useLayoutEffect(() => {
    const read = () => {
      if (element.current !== null) setTheme(readTheme(element.current).name);
    };
    read();
    return onThemeChange(read);
  }, [element]);
  const colours = palettes[theme];
  return (name) => colours[colourIndex(name)]!;
}
