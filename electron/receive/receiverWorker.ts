/** The thread that receives. Runs from the sources and bundled. */
import { parentPort } from 'node:worker_threads';
import { createReceiverHost } from './receiverHost.ts';
import type { ToReceiver } from './receiverMessages.ts';

const port = parentPort;
if (port !== null) {
  const host = createReceiverHost({ post: (message, transfer = []) => port.postMessage(message, transfer) });
  port.on('message', (message: ToReceiver) => host.receive(message));
}
