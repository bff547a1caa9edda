/** The theme in force: the user's choice, or the system's where they left it to it. */
import type { Settings } from '../../shared/settings.ts';
import { getState, useStore } from '../store/index.ts';

const dark = matchMedia('(prefers-color-scheme: dark)');

function apply(choice: Settings['theme']) {
  const theme = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
  document.documentElement.dataset.theme = theme;
}

/** Sets the theme before the first paint and keeps it in step with settings and system. */
export function followTheme() {
  const choice = () => getState().settings?.theme ?? 'system';
  apply(choice());
  dark.addEventListener('change', () => apply(choice()));
  useStore.subscribe((state, before) => {
    if (state.settings?.theme !== before.settings?.theme) apply(choice());
  });
}
