/** Vitest's set-up of the end-to-end project: once for all files. */
import { setUpEnvironment } from './environment.ts';
import { withHint } from './withHint.ts';

export default (): Promise<() => Promise<void>> => withHint(() => setUpEnvironment());
