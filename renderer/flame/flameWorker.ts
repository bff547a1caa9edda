/** Entry of the worker that draws a large trace. */
import { createWorkerHost } from './workerHost.ts';
import type { FromWorker, ToWorker } from './workerMessages.ts';

/** A worker's `self`, as far as it is used: the types of a window say otherwise of `postMessage`. */
const scope = self as unknown as {
  readonly addEventListener: (type: 'message', listener: (event: MessageEvent<ToWorker>) => void) => void;
  readonly postMessage: (message: FromWorker, transfer: Transferable[]) => void;
};
const receive = createWorkerHost((message, transfer = []) => scope.postMessage(message, transfer));
scope.addEventListener('message', (event) => receive(event.data));
