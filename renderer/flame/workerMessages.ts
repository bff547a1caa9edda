/** What the window and the worker that draws a trace say to each other. */
import type { BatchRoom } from '../derive/batchRoom.ts';
import type { SpanBatch } from '../derive/trackPlacer.ts';
import type { FrameStats } from './paintFlame.ts';
import type { FlameTheme } from './theme.ts';
import type { TimeWindow } from './viewport.ts';

/** An open span that ended, failed or got another name. Times in ms after the trace's origin. */
export type Settled = {
  readonly node: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly flags: number;
  readonly colour: number;
  readonly name: number;
};

export type FrameRequest = {
  readonly window: TimeWindow;
  readonly cssScroll: number;
  readonly nowMs: number;
  /** Start of the trace: what the axis counts from. */
  readonly zeroMs: number;
  readonly selected: { readonly item: number; readonly startMs: number; readonly endMs: number } | null;
  readonly phase: number;
};

export type ToWorker =
  /** A trace of so many spans is on its way, and its labels will most likely be in this font. */
  | { readonly kind: 'prepare'; readonly font: string; readonly spans: number }
  /** All nodes mean something else from here on. */
  | { readonly kind: 'clear'; readonly generation: number }
  | {
      readonly kind: 'spans';
      /** Its columns lie in one buffer, which is handed over. */
      readonly batch: SpanBatch;
      /** Names that the batch uses and the worker does not know. */
      readonly names: readonly (readonly [id: number, name: string])[];
    }
  | {
      readonly kind: 'settled';
      readonly spans: readonly Settled[];
      readonly names: readonly (readonly [id: number, name: string])[];
    }
  | {
      readonly kind: 'attach';
      readonly view: number;
      readonly canvas: OffscreenCanvas;
      readonly isPlain: boolean;
    }
  | {
      readonly kind: 'size';
      readonly view: number;
      readonly cssWidth: number;
      readonly cssHeight: number;
      readonly ratio: number;
    }
  | { readonly kind: 'theme'; readonly view: number; readonly theme: FlameTheme }
  | { readonly kind: 'matches'; readonly view: number; readonly matches: Uint8Array | null }
  | { readonly kind: 'paint'; readonly view: number; readonly frame: FrameRequest }
  | {
      readonly kind: 'hit';
      readonly view: number;
      readonly request: number;
      readonly cssX: number;
      readonly cssY: number;
    }
  | { readonly kind: 'row'; readonly request: number; readonly item: number }
  | { readonly kind: 'detach'; readonly view: number };

export type FromWorker =
  /** For the batch of the trace that is on its way; handed over. */
  | { readonly kind: 'room'; readonly room: BatchRoom }
  | {
      readonly kind: 'painted';
      readonly view: number;
      readonly ms: number;
      readonly stats: FrameStats;
      /** Spans without a row of their own. */
      readonly overflow: number;
      /** Of the worker's rows and names. */
      readonly bytes: number;
    }
  | {
      readonly kind: 'hit';
      readonly request: number;
      readonly generation: number;
      readonly item: number;
      readonly merged: number;
    }
  | { readonly kind: 'row'; readonly request: number; readonly generation: number; readonly row: number };
