/** `backup …`. Without the program: a deck that cannot be opened is what a backup is for. */
import type { BackupEntry } from '../../shared/deck.ts';
import type { JobContext } from '../deckJobs/job.ts';
import type { JobKind } from '../../shared/job.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import type { Backups } from '../backup/backups.ts';
import { composeBackups } from '../compose/composeBackups.ts';
import type { DataPaths } from '../config/dataFolder.ts';
import { createSettingsStore } from '../config/settingsStore.ts';
import { createContext } from '../deckJobs/runJob.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { counted, isoText, table } from './answerText.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import type { BackupCommand } from './deckArguments.ts';
import { watched } from './watchWork.ts';

const EXIT_FAILED = 1;

/** Returns the exit code: 1 where the deck is restored, but some of its pictures or sounds are nowhere. */
export async function runBackup(
  command: BackupCommand,
  paths: DataPaths,
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<number> {
  const settings = createSettingsStore({ path: paths.settings, env, onNotice: () => {} });
  const backups = composeBackups(paths, settings.current().backups.keep);
  switch (command.name) {
    case 'backup list': {
      const entries = backups.list();
      print(terminal, entries, () => (entries.length === 0 ? 'No backups yet.' : listText(entries)));
      return 0;
    }
    case 'backup now': {
      const entry = await inTerminal(terminal, 'backup', 'Backup', (context) =>
        backups.backUp('manual', context),
      );
      print(terminal, entry, () => (entry === null ? 'There is nothing to back up.' : madeText(entry)));
      return 0;
    }
    case 'backup restore': {
      const name = findBackup(backups, command.backup);
      const entry = await inTerminal(terminal, 'restore', `Restore of ${name}`, (context) =>
        backups.restore(name, context),
      );
      const missing = entry.missingMedia ?? 0;
      const before = backups.list().find(({ reason }) => reason === 'restore');
      print(terminal, entry, () =>
        [
          `The deck is that of ${isoText(entry.atMs)}: ${counted(entry.notes, 'note')}, ${counted(entry.cards, 'card')}.`,
          ...(missing === 0
            ? []
            : [`${counted(missing, 'picture or sound', 'pictures or sounds')} cannot be found.`]),
          ...(before === undefined || before.name === name
            ? []
            : [`As it was before: npm run -s cli -- backup restore ${before.name}`]),
        ].join('\n'),
      );
      return missing === 0 ? 0 : EXIT_FAILED;
    }
  }
}

/** Takes any unambiguous beginning. @throws TracedeckError `backup_unknown` */
function findBackup(backups: Backups, beginning: string): string {
  const names = backups.list().map(({ name }) => name);
  const found = names.filter((name) => name === beginning || name.startsWith(beginning));
  const [only] = found;
  if (only !== undefined && (found.length === 1 || only === beginning)) return only;
  throw new TracedeckError(
    'user',
    'backup_unknown',
    found.length === 0
      ? `No backup begins with ${beginning}.`
      : `More than one backup begins with ${beginning}.`,
    { hint: found.length === 0 ? 'See: npm run -s cli -- backup list' : found.slice(0, 20).join('\n') },
  );
}

async function inTerminal<T>(
  terminal: Terminal,
  kind: JobKind,
  label: string,
  work: (context: JobContext) => Promise<T>,
): Promise<T> {
  const startedMs = Date.now();
  return watched(terminal, ({ signal, onProgress }) => {
    const context = createContext(
      () => signal.aborted,
      (done, total) =>
        onProgress({
          jobId: kind,
          kind,
          label,
          state: 'running',
          done,
          total,
          message: null,
          startedMs,
        }),
    );
    return work(context).finally(context.tellLast);
  });
}

function listText(entries: readonly BackupEntry[]): string {
  return table(
    ['backup', 'made', 'why', 'notes', 'cards', 'size', ''],
    entries.map(({ name, atMs, reason, notes, cards, bytes, verified }) => [
      name,
      isoText(atMs).slice(0, 19),
      verified ? reason : '–',
      verified ? formatCount(notes) : '–',
      verified ? formatCount(cards) : '–',
      formatBytes(bytes),
      verified ? '' : 'not whole, or none of ours',
    ]),
  );
}

function madeText({ name, notes, cards, bytes }: BackupEntry): string {
  return `${name}: ${counted(notes, 'note')}, ${counted(cards, 'card')}, ${formatBytes(bytes)}, read back and found sound`;
}
