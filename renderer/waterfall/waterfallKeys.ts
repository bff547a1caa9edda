/** What keys do in the waterfall. */
import { movedTo } from './waterfallMoves.ts';

export type WaterfallCommand =
  | { readonly kind: 'move'; readonly to: 'next' | 'previous' | 'first' | 'last' | 'pageDown' | 'pageUp' }
  | { readonly kind: 'in' | 'out' | 'zoomToRow' | 'toggle' | 'clear' | 'fit' }
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'pan'; readonly share: number }
  | { readonly kind: 'levels'; readonly step: 1 | -1 }
  | { readonly kind: 'expandAll' | 'collapseAll' | 'collapseAlike' | 'collapseService' }
  | { readonly kind: 'option'; readonly name: 'critical' | 'events' | 'logs' | 'errorsFirst' };

const BY_KEY: Readonly<Record<string, WaterfallCommand>> = {
  ArrowDown: { kind: 'move', to: 'next' },
  ArrowUp: { kind: 'move', to: 'previous' },
  Home: { kind: 'move', to: 'first' },
  End: { kind: 'move', to: 'last' },
  PageDown: { kind: 'move', to: 'pageDown' },
  PageUp: { kind: 'move', to: 'pageUp' },
  ArrowRight: { kind: 'in' },
  ArrowLeft: { kind: 'out' },
  Enter: { kind: 'zoomToRow' },
  ' ': { kind: 'toggle' },
  Escape: { kind: 'clear' },
  '0': { kind: 'fit' },
  '+': { kind: 'zoom', factor: 1 / 1.4 },
  '=': { kind: 'zoom', factor: 1 / 1.4 },
  '-': { kind: 'zoom', factor: 1.4 },
  '[': { kind: 'levels', step: -1 },
  ']': { kind: 'levels', step: 1 },
  E: { kind: 'expandAll' },
  C: { kind: 'collapseAll' },
  O: { kind: 'collapseAlike' },
  S: { kind: 'collapseService' },
  c: { kind: 'option', name: 'critical' },
  v: { kind: 'option', name: 'events' },
  l: { kind: 'option', name: 'logs' },
  r: { kind: 'option', name: 'errorsFirst' },
};

/** `null` for keys that are not ours. */
export function waterfallCommand(key: string, shift: boolean): WaterfallCommand | null {
  if (shift && key === 'ArrowLeft') return { kind: 'pan', share: -0.2 };
  if (shift && key === 'ArrowRight') return { kind: 'pan', share: 0.2 };
  return Object.hasOwn(BY_KEY, key) ? BY_KEY[key]! : null;
}

/** What commands work on; rows are their places, `active` is -1 for none. */
export type CommandTarget = {
  readonly active: number;
  readonly count: number;
  /** Rows of a page. */
  readonly page: number;
  /** The active row stands for folded siblings. */
  readonly isGroup: boolean;
  /** `null` for what has nothing below it. */
  readonly isExpanded: (row: number) => boolean | null;
  readonly toggle: (row: number, open?: boolean) => void;
  readonly activate: (row: number) => void;
  readonly above: () => number;
  readonly zoomTo: (row: number) => void;
  readonly zoom: (factor: number) => void;
  readonly pan: (share: number) => void;
  readonly fit: () => void;
  readonly clear: () => boolean;
  readonly option: (name: Extract<WaterfallCommand, { readonly kind: 'option' }>['name']) => boolean;
};

/** `false` where the command means nothing now, and the key is somebody else's. */
export function runCommand(command: WaterfallCommand, on: CommandTarget): boolean {
  const { active } = on;
  const isExpanded = active < 0 ? null : on.isExpanded(active);
  switch (command.kind) {
    case 'move':
      on.activate(movedTo(command.to, active, on.count, on.page));
      return true;
    case 'in':
      if (isExpanded === false) on.toggle(active, true);
      else if (isExpanded === true) on.activate(active + 1);
      return active >= 0;
    case 'out':
      if (isExpanded === true) on.toggle(active, false);
      else if (active >= 0) on.activate(on.above());
      return active >= 0;
    case 'zoomToRow':
      if (on.isGroup) on.toggle(active);
      else on.zoomTo(active);
      return active >= 0;
    case 'toggle':
      if (isExpanded !== null) on.toggle(active);
      return isExpanded !== null;
    case 'clear':
      return on.clear();
    case 'fit':
      on.fit();
      return true;
    case 'zoom':
      on.zoom(command.factor);
      return true;
    case 'pan':
      on.pan(command.share);
      return true;
    case 'option':
      return on.option(command.name);
    default:
      return false;
  }
}
