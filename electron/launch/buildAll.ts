/** `npm run build`: everything that is stale. */
import { join } from 'node:path';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import { buildStale } from './build.ts';

try {
  const built = await buildStale({
    projectRoot: join(import.meta.dirname, '..', '..'),
    log: (line) => console.log(line),
  });
  if (built.length === 0) console.log('Everything is built.');
} catch (thrown) {
  const error = toTracedeckError(thrown);
  console.error(`${error.message}${error.hint === null ? '' : `\n${error.hint}`}`);
  process.exitCode = 1;
}
