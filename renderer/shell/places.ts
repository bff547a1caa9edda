/** The rail's places, in the order of their keys. */
import type { ViewName } from '../store/viewSlice.ts';
import type { IconName } from '../ui/Icon.tsx';

export const PLACES: readonly { view: ViewName; label: string; icon: IconName }[] = [
  { view: 'generate', label: 'Generate', icon: 'generate' },
  { view: 'cards', label: 'Cards', icon: 'cards' },
  { view: 'traces', label: 'Traces', icon: 'traces' },
  { view: 'logs', label: 'Logs', icon: 'logs' },
  { view: 'settings', label: 'Settings', icon: 'settings' },
];
