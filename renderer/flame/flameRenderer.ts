/**
 * What draws a flame graph: the window itself (`pageRenderer.ts`), or a worker that holds the rows of a large trace
 * (`workerRenderer.ts`). Answers come by callback, at once from the page, some milliseconds later from a worker.
 */
import type { FlameModel } from './flameModel.ts';
import type { FrameStats } from './paintFlame.ts';
import type { TimeWindow } from './viewport.ts';

/** What is in view; sizes in CSS pixels. */
export type FlameFrame = {
  readonly model: FlameModel;
  readonly window: TimeWindow;
  readonly cssScroll: number;
  readonly nowMs: number;
  /** 1 for every item that a search found; `null` while nothing is searched. Another array where it changed. */
  readonly matches: Uint8Array | null;
  readonly selected: number;
  readonly phase: number;
};

export type Hit = {
  /** -1 where nothing is. */
  readonly item: number;
  /** Items that share the box. */
  readonly merged: number;
};
export const NO_HIT: Hit = { item: -1, merged: 0 };

export interface FlameRenderer {
  readonly kind: 'page' | 'worker';
  /** Rows as of the last frame. */
  readonly rowCount: number;
  /** A frame is on its way: another `paint` now would only wait. */
  readonly isBusy: boolean;
  resize(cssWidth: number, cssHeight: number, ratio: number): void;
  /** The theme is another one; the next frame reads it. */
  forgetTheme(): void;
  paint(frame: FlameFrame): void;
  /** What is at a point of the last frame. */
  hit(cssX: number, cssY: number, answer: (hit: Hit) => void): void;
  /** The row of an item, -1 for none. */
  rowOf(model: FlameModel, item: number, answer: (row: number) => void): void;
  /** Takes the canvas away. */
  close(): void;
}

export type RendererOptions = {
  /** Gets the canvas as its first child. */
  readonly host: HTMLElement;
  /** Fills alone and all rows in the height there is: the strip of a minimap. */
  readonly isPlain: boolean;
  /** `ms` is the time that drawing took, wherever it was done. */
  readonly onPainted: (stats: FrameStats & { readonly ms: number }) => void;
  /** The worker is gone: a renderer of the page must take over. */
  readonly onLost: () => void;
};
