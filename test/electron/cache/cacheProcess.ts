/**
 * A process of its own over a cache file: node cacheProcess.ts <path> <prefix> <count> [stay]. Asks for `<prefix><n>`
 * for each n and says so on stdout as each answer arrives; with `stay` it never ends by itself.
 */
import { createTieredCache } from '../../../electron/cache/tieredCache.ts';
import { generated, parse, request } from './answers.ts';

const [path = '', prefix = '', count = '0', stay] = process.argv.slice(2);
const cache = createTieredCache({ db: path, memoryBytes: 1e6, diskBytes: 1e8, ttlMs: 1e9 });
for (let n = 0; n < Number(count); n += 1) {
  const text = `${prefix}${n}`;
  const { tier } = await cache.through(request(text), parse, async () => generated(text));
  process.stdout.write(`${text} ${tier ?? 'made'}\n`);
}
if (stay === undefined) cache.close();
else setInterval(() => undefined, 1000);
