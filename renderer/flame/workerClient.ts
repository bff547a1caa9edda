/**
 * The window's side of the worker that draws one trace: tells it what is new, at most once a frame, and keeps what
 * it answers. One worker a trace, for all canvases that show it; it ends a while after the last of them is gone.
 */
import { ENTRY_OPEN } from '../derive/tracks.ts';
import type { DrawnTrace } from '../derive/shownTrace.ts';
import type { FromWorker, Settled, ToWorker } from './workerMessages.ts';

export type PaintedMessage = Extract<FromWorker, { kind: 'painted' }>;
export type ClientView = {
  readonly onPainted: (message: PaintedMessage) => void;
  readonly onLost: () => void;
};

/** How a worker is reached; in tests the other side is in the same thread. */
export interface WorkerLine {
  post(message: ToWorker, transfer: Transferable[]): void;
  close(): void;
}
export type OpenLine = (onMessage: (message: FromWorker) => void, onFailed: () => void) => WorkerLine;

/** A view that comes within this time (another tab of the same trace) finds its worker. */
const LINGER_MS = 20_000;

const clients = new WeakMap<DrawnTrace, FlameWorkerClient>();

/** The worker of a trace: the one that is there, else a new one. Throws what opening it throws. */
export function workerClientOf(tree: DrawnTrace, open: OpenLine): FlameWorkerClient {
  let client = clients.get(tree);
  if (client === undefined || client.isClosed) {
    client = new FlameWorkerClient(tree, open);
    clients.set(tree, client);
  }
  return client;
}

/** Bytes that a trace's worker holds; 0 where there is none. */
export function workerBytes(tree: DrawnTrace): number {
  const client = clients.get(tree);
  return client === undefined || client.isClosed ? 0 : client.bytes;
}

/** Spans for which the picture has no row, wherever it is drawn. */
export function overflowOf(tree: DrawnTrace): number {
  const client = clients.get(tree);
  return Math.max(tree.overflowCount, client === undefined || client.isClosed ? 0 : client.overflow);
}

export class FlameWorkerClient {
  bytes = 0;
  overflow = 0;
  isClosed = false;

  readonly #tree: DrawnTrace;
  readonly #line: WorkerLine;
  readonly #views = new Map<number, ClientView>();
  readonly #hits = new Map<number, (item: number, merged: number) => void>();
  readonly #rows = new Map<number, (row: number) => void>();
  readonly #names: (string | undefined)[] = [];
  #lastView = 0;
  #lastRequest = 0;
  #sent = 0;
  #rebuilds = -1;
  #generation = 0;
  #revision = -1;
  /** What is open as far as the worker knows, and its flags there. */
  readonly #open = new Map<number, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tree: DrawnTrace, open: OpenLine) {
    this.#tree = tree;
    this.#line = open(
      (message) => this.#receive(message),
      () => this.#fail(),
    );
    this.#linger();
  }

  attach(canvas: OffscreenCanvas, isPlain: boolean, view: ClientView): number {
    clearTimeout(this.#timer);
    this.#lastView += 1;
    this.#views.set(this.#lastView, view);
    this.#line.post({ kind: 'attach', view: this.#lastView, canvas, isPlain }, [canvas]);
    return this.#lastView;
  }

  detach(view: number): void {
    this.#views.delete(view);
    this.post({ kind: 'detach', view });
    if (this.#views.size === 0) this.#linger();
  }

  post(message: ToWorker): void {
    if (!this.isClosed) this.#line.post(message, []);
  }

  hit(view: number, cssX: number, cssY: number, answer: (item: number, merged: number) => void): void {
    this.#lastRequest += 1;
    this.#hits.set(this.#lastRequest, answer);
    this.post({ kind: 'hit', view, request: this.#lastRequest, cssX, cssY });
  }

  rowOf(item: number, answer: (row: number) => void): void {
    this.sync();
    this.#lastRequest += 1;
    this.#rows.set(this.#lastRequest, answer);
    this.post({ kind: 'row', request: this.#lastRequest, item });
  }

  /** Tells the worker what the tree took in since the last call. */
  sync(): void {
    const tree = this.#tree;
    if (this.isClosed || tree.revision === this.#revision) return;
    this.#revision = tree.revision;
    if (tree.rebuilds !== this.#rebuilds) {
      this.#rebuilds = tree.rebuilds;
      this.#generation += 1;
      this.#sent = 0;
      this.#open.clear();
      this.#names.length = 0;
      this.post({ kind: 'clear', generation: this.#generation });
    }
    if (this.#open.size > 0) this.#settle();
    if (tree.size === this.#sent) return;
    const batch = tree.batch(this.#sent);
    const names: [number, string][] = [];
    const { nameCount } = tree.table;
    // Of a whole trace, each name once and not each span's.
    if (batch.name.length > nameCount) for (let id = 0; id < nameCount; id += 1) this.#learn(id, names);
    else for (const id of batch.name) this.#learn(id, names);
    this.#sent = tree.size;
    for (const node of tree.openNodes)
      if (node >= batch.from) this.#open.set(node, batch.flags[node - batch.from]!);
    this.#line.post({ kind: 'spans', batch, names }, [
      batch.startMs.buffer as ArrayBuffer,
      batch.name.buffer as ArrayBuffer,
    ]);
  }

  #linger(): void {
    this.#timer = setTimeout(() => this.#close(), LINGER_MS);
  }

  #settle(): void {
    const tree = this.#tree;
    const spans: Settled[] = [];
    const names: [number, string][] = [];
    for (const [node, flags] of this.#open) {
      const state = tree.entryOf(node);
      if (state.flags === flags) continue;
      if ((state.flags & ENTRY_OPEN) === 0) this.#open.delete(node);
      else this.#open.set(node, state.flags);
      this.#learn(state.name, names);
      spans.push({ node, ...state });
    }
    if (spans.length > 0) this.post({ kind: 'settled', spans, names });
  }

  /** Numbers of names are given anew when the last span of a name is gone. */
  #learn(id: number, names: [number, string][]): void {
    const name = this.#tree.table.nameOf(id);
    if (this.#names[id] === name) return;
    this.#names[id] = name;
    names.push([id, name]);
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'painted') {
      this.bytes = message.bytes;
      this.overflow = message.overflow;
      this.#views.get(message.view)?.onPainted(message);
    } else if (message.kind === 'hit') {
      const answer = this.#hits.get(message.request);
      this.#hits.delete(message.request);
      // Of nodes that mean something else by now there is nothing to say.
      if (message.generation === this.#generation) answer?.(message.item, message.merged);
      else answer?.(-1, 0);
    } else if (message.kind === 'row') {
      const answer = this.#rows.get(message.request);
      this.#rows.delete(message.request);
      answer?.(message.generation === this.#generation ? message.row : -1);
    }
  }

  #fail(): void {
    const views = [...this.#views.values()];
    this.#close();
    for (const view of views) view.onLost();
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.#timer);
    this.#views.clear();
    this.#line.close();
  }
}
