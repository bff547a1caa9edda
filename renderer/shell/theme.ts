/** The theme in force: the user's choice, or the system's where they left it to it. */
import type { Settings } from '../../shared/settings.ts';
import { getState, useStore } from '../store/index.ts';

const dark = matchMedia('(prefers-color-scheme: dark)');
const contrast = matchMedia('(prefers-contrast: more)');

function apply(choice: Settings['theme']) {
  const { dataset } = document.documentElement;
  const isMore = choice === 'contrast' || contrast.matches;
  if (isMore) dataset.contrast = 'more';
  else delete dataset.contrast;
  // After the contrast: who draws on a canvas watches this attribute, and is told even where its value stays.
  dataset.theme = choice === 'light' || choice === 'dark' ? choice : dark.matches ? 'dark' : 'light';
}

/** Sets the theme before the first paint and keeps it in step with settings and system. */
export function followTheme() {
  const choice = () => getState().settings?.theme ?? 'system';
  apply(choice());
  for (const system of [dark, contrast]) system.addEventListener('change', () => apply(choice()));
  useStore.subscribe((state, before) => {
    if (state.settings?.theme !== before.settings?.theme) apply(choice());
  });
}
