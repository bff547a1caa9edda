/** What a flame graph shows at the moment and how commands change it; no DOM. Rows in CSS pixels. */
import type { FlameModel } from './flameModel.ts';
import { clampWindow, fitWindow, followWindow, panWindow, spanWindow, zoomWindow } from './viewport.ts';
import type { TimeWindow } from './viewport.ts';

export const AXIS_HEIGHT = 24;
export const ROW_HEIGHT = 20;

export class FlameViewState {
  window: TimeWindow = { fromMs: 0, toMs: 1 };
  /** Everything is in view and stays so while the trace grows. */
  isFitted = true;
  cssScroll = 0;
  cssWidth = 0;
  cssHeight = 0;
  /** Of the whole picture: the renderer knows. */
  rowCount = 0;

  /** Milliseconds that a CSS pixel stands for. */
  get msPerPx(): number {
    return (this.window.toMs - this.window.fromMs) / Math.max(1, this.cssWidth);
  }

  /** Takes in growth. With `follow` the window moves along with `nowMs`. */
  adapt(model: FlameModel, nowMs: number, follow: boolean): void {
    const [start, end] = model.extent(nowMs);
    if (this.isFitted) this.window = fitWindow(start, end);
    else if (follow) this.window = followWindow(this.window, start, end, false);
    this.window = clampWindow(this.window, start, end);
    this.scrollTo(this.cssScroll);
  }

  zoom(model: FlameModel, nowMs: number, factor: number, anchorMs: number): void {
    const [start, end] = model.extent(nowMs);
    const whole = fitWindow(start, end);
    const zoomed = zoomWindow(this.window, factor, anchorMs);
    this.isFitted = zoomed.toMs - zoomed.fromMs >= whole.toMs - whole.fromMs;
    this.window = clampWindow(zoomed, start, end);
  }

  /** Leads nowhere while everything is in view. */
  pan(model: FlameModel, nowMs: number, byMs: number): void {
    if (this.isFitted) return;
    const [start, end] = model.extent(nowMs);
    this.window = clampWindow(panWindow(this.window, byMs), start, end);
  }

  fit(model: FlameModel, nowMs: number): void {
    const [start, end] = model.extent(nowMs);
    this.isFitted = true;
    this.window = fitWindow(start, end);
    this.cssScroll = 0;
  }

  zoomTo(model: FlameModel, nowMs: number, item: number, row: number): void {
    const [start, end] = model.extent(nowMs);
    this.isFitted = false;
    this.window = clampWindow(spanWindow(model.startMs(item), model.endMs(item, nowMs)), start, end);
    this.reveal(model, nowMs, item, row);
  }

  /** Moves the view as little as needed to show an item. */
  reveal(model: FlameModel, nowMs: number, item: number, row: number): void {
    const top = row * ROW_HEIGHT;
    const room = this.cssHeight - AXIS_HEIGHT;
    if (top < this.cssScroll) this.scrollTo(top);
    else if (top + ROW_HEIGHT > this.cssScroll + room) this.scrollTo(top + ROW_HEIGHT * 2 - room);
    const { fromMs, toMs } = this.window;
    const start = model.startMs(item);
    const end = model.endMs(item, nowMs);
    if (end < fromMs || start > toMs) this.pan(model, nowMs, (start + end) / 2 - (fromMs + toMs) / 2);
    // Too narrow to be seen: zoom until it is a few pixels wide.
    const least = (end - start) * (this.cssWidth / 6);
    if (least > 0 && toMs - fromMs > least) {
      const [first, last] = model.extent(nowMs);
      const middle = (start + end) / 2;
      this.isFitted = false;
      this.window = clampWindow({ fromMs: middle - least / 2, toMs: middle + least / 2 }, first, last);
    }
  }

  /** To a stretch of time, as a link or a strip asks for it; `null` for everything. */
  show(model: FlameModel, nowMs: number, window: TimeWindow | null): void {
    const [start, end] = model.extent(nowMs);
    this.isFitted = window === null;
    this.window = window === null ? fitWindow(start, end) : clampWindow(window, start, end);
  }

  scrollTo(cssScroll: number): void {
    const most = (this.rowCount + 1) * ROW_HEIGHT + AXIS_HEIGHT - this.cssHeight;
    this.cssScroll = Math.max(0, Math.min(most, cssScroll));
  }

  msAt(cssX: number): number {
    const { fromMs, toMs } = this.window;
    return fromMs + (cssX / Math.max(1, this.cssWidth)) * (toMs - fromMs);
  }
}
