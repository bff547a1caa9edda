/** What a flame graph is given. */
import type { FlameModel } from './flameModel.ts';
import type { TimeWindow } from './viewport.ts';

export type FlameGraphProps = {
  readonly model: FlameModel;
  /** Changes with every change of what the model reads. */
  readonly revision: number;
  /** Ms after the origin: the end of what is open. */
  readonly clock: () => number;
  /** Open spans grow, and the view goes along while `follow`. */
  readonly live: boolean;
  readonly follow: boolean;
  readonly onUnfollow: () => void;
  readonly selected: number;
  readonly onSelect: (item: number) => void;
  readonly matches: Uint8Array | null;
  readonly label: string;
  /** A number that asks to fit the view whenever it changes. */
  readonly fitRequest?: number;
  /** The stretch to show, `null` for everything; another one than `onWindow` told last moves the view. */
  readonly window?: TimeWindow | null;
  /** Told what is in view after the user moved it and rested; `null` while everything is. */
  readonly onWindow?: (window: TimeWindow | null) => void;
  /** An item to zoom to, whenever it is another one; -1 for none. */
  readonly focusItem?: number;
  /** What the keys do and where the same is a table, for a screen reader. */
  readonly hint?: string;
  /** Told the milliseconds that drawing a frame took, here or in a worker. */
  readonly onFrame?: (ms: number) => void;
};

/** The props of the last render, for what runs between renders. */
export type Latest = { readonly current: FlameGraphProps };
