/** A virtual display of our own. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export type VirtualDisplay = { readonly name: string; stop(): Promise<void> };

const START_LIMIT_MS = 20_000;

/** Starts Xvfb on a display number that it picks itself, so that many can run side by side. */
export async function startXvfb(size = '1600x1200x24'): Promise<VirtualDisplay> {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', size, '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  try {
    const number = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('Xvfb did not come up in time')), START_LIMIT_MS);
      const settle = (act: () => void) => {
        clearTimeout(timer);
        act();
      };
      let text = '';
      (child.stdio[3] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('\n')) settle(() => resolve(text.trim()));
      });
      child.once('error', (error) => settle(() => reject(error)));
      child.once('exit', () => settle(() => reject(new Error(`Xvfb ended: ${complaint.trim()}`))));
    });
    return {
      name: `:${number}`,
      stop: async () => {
        process.off('exit', killNow);
        child.kill('SIGTERM');
        await exited;
      },
    };
  } catch (error) {
    killNow();
    process.off('exit', killNow);
    throw error;
  }
}
