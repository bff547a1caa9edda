/** Makes or restores a backup, to be killed meanwhile. */
import { join } from 'node:path';
import { createBackups } from '../../../electron/backup/backups.ts';

const [home = '', work = '', name = ''] = process.argv.slice(2);
const backups = createBackups({
  deckPath: join(home, 'deck.db'),
  folder: join(home, 'backups'),
  mediaDir: join(home, 'media'),
  keep: 3,
});
process.stdout.write('starting\n');
if (work === 'restore') await backups.restore(name);
else await backups.backUp('manual');
