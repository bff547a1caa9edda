/** Vitest's set-up of the project of whole processes: none of them builds, which takes memory of the first one. */
import { buildStale } from '../../electron/launch/build.ts';
import { PROJECT_ROOT } from './environment.ts';
import { withHint } from './withHint.ts';

export default async function buildSetup(): Promise<void> {
  await withHint(() => buildStale({ projectRoot: PROJECT_ROOT, log: (line) => console.error(line) }));
}
