/** Servers as nobody wants them: one that never answers, one that always fails, and a port nobody listens on. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type DeadEndpoints = {
  readonly refusing: string;
  readonly hanging: string;
  readonly failing: string;
  close(): Promise<void>;
};

export async function openDeadEndpoints(): Promise<DeadEndpoints> {
  const hanging = await listen((request) => void request.resume());
  const failing = await listen((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Oops</h1>'));
  });
  // A port that was free a moment ago.
  const refusing = await listen(() => undefined);
  const refusingUrl = urlOf(refusing);
  await close(refusing);
  return {
    refusing: refusingUrl,
    hanging: urlOf(hanging),
    failing: urlOf(failing),
    close: async () => void (await Promise.all([close(hanging), close(failing)])),
  };
}

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
