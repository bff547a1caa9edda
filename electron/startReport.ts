import type { BrowserWindow } from 'electron';

/**
 * For `npm run bench -- startup`: prints when the page has painted and takes input, and when what had come before.
 *
 * @param stages of the main process: epoch ms by name
 * @param program settles when calls of the window are answered
 */
export async function reportReady(
  window: BrowserWindow,
  stages: Readonly<Record<string, number>>,
  program: Promise<unknown>,
): Promise<void> {
  // An async function's promise is the engine's own; in the page `new Promise` is zone.js's, which cannot be sent.
  const page = (await window.webContents.executeJavaScript(`(async () => new Promise((resolve) => {
    const root = document.documentElement;
    const look = () => {
      if (root.dataset.ready !== 'true') return;
      const at = (ms) => performance.timeOrigin + ms;
      const [navigation] = performance.getEntriesByType('navigation');
      resolve({
        'page asked for': at(0),
        'page parsed': at(navigation.domInteractive),
        'script run': at(navigation.domContentLoadedEventEnd),
        ready: at(performance.now()),
      });
    };
    new MutationObserver(look).observe(root, { attributes: true });
    look();
  }))()`)) as Readonly<Record<string, number>>;
  await program;
  const answersMs = performance.timeOrigin + performance.now();
  console.log(`TRACEDECK_STAGES ${JSON.stringify({ ...stages, ...page, 'calls answered': answersMs })}`);
  console.log(`TRACEDECK_READY ${String(page['ready'])}`);
}
