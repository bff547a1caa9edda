/** Draws in a worker: the window only says what is in view. */
import type { FlameModel } from './flameModel.ts';
import { NO_HIT } from './flameRenderer.ts';
import type { FlameRenderer, RendererOptions } from './flameRenderer.ts';
import { readTheme } from './theme.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { countFailure, hasWorkers, isWorkerReady, openWorker, WORKER_SPANS } from './openWorker.ts';
import { workerClientOf } from './workerClient.ts';
import type { FlameWorkerClient } from './workerClient.ts';

let isForced: boolean | null = null;

/** For measurements and tests: always or never, whatever the size; `null` leaves it to the size. */
export function forceWorker(force: boolean | null): void {
  isForced = force;
}

export function mayUseWorker({ stream }: FlameModel): boolean {
  if (stream === undefined || isForced === false || !hasWorkers()) return false;
  return isForced === true || stream.size >= WORKER_SPANS;
}

/**
 * Has the worker that waits for a large trace (`prepareWorker`) give its spans their rows before a canvas for them is
 * there. To be called once the tree was built.
 */
export function placeAhead(tree: TraceTree): void {
  if (tree.size >= WORKER_SPANS && isForced !== false && isWorkerReady())
    workerClientOf(tree, openWorker).sync();
}

/** `null` where the worker or its canvas cannot be had. */
export function createWorkerRenderer(
  model: FlameModel,
  { host, isPlain, onPainted, onLost }: RendererOptions,
): FlameRenderer | null {
  const tree = model.stream!;
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  let client: FlameWorkerClient;
  let view: number;
  let isBusy = false;
  let rowCount = 0;
  try {
    client = workerClientOf(tree, openWorker);
    view = client.attach(canvas.transferControlToOffscreen(), isPlain, {
      onPainted({ ms, stats }) {
        isBusy = false;
        rowCount = stats.rows;
        onPainted({ ...stats, ms });
      },
      onLost,
    });
  } catch {
    countFailure();
    return null;
  }
  host.prepend(canvas);
  // The worker has the rows: the window needs none of its own.
  tree.forgetTracks();
  client.sync();
  let hasTheme = false;
  let matches: Uint8Array | null = null;
  let size = '';
  return {
    kind: 'worker',
    get rowCount() {
      return rowCount;
    },
    get isBusy() {
      return isBusy;
    },
    resize(cssWidth, cssHeight, ratio) {
      const wanted = `${cssWidth} ${cssHeight} ${ratio}`;
      if (wanted === size) return;
      size = wanted;
      client.post({ kind: 'size', view, cssWidth, cssHeight, ratio });
    },
    forgetTheme() {
      hasTheme = false;
    },
    paint(frame) {
      if (size === '' || client.isClosed) return;
      if (!hasTheme) client.post({ kind: 'theme', view, theme: readTheme(canvas) });
      hasTheme = true;
      client.sync();
      if (frame.matches !== matches) {
        matches = frame.matches;
        client.post({ kind: 'matches', view, matches });
      }
      const { selected, nowMs } = frame;
      isBusy = true;
      client.post({
        kind: 'paint',
        view,
        frame: {
          window: frame.window,
          cssScroll: frame.cssScroll,
          nowMs,
          zeroMs: frame.model.extent(nowMs)[0],
          selected:
            selected < 0
              ? null
              : {
                  item: selected,
                  startMs: frame.model.startMs(selected),
                  endMs: frame.model.endMs(selected, nowMs),
                },
          phase: frame.phase,
        },
      });
    },
    hit(cssX, cssY, answer) {
      client.hit(view, cssX, cssY, (item, merged) => answer(item < 0 ? NO_HIT : { item, merged }));
    },
    rowOf(_model, item, answer) {
      client.rowOf(item, answer);
    },
    close() {
      client.detach(view);
      canvas.remove();
    },
  };
}
