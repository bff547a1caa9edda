import { useEffect, useState } from 'react';
import type { WatchStatus, WatchedFile, WatchedFolder } from '../../../shared/source.ts';
import { getApi } from '../../api.ts';
import { formatWhen } from '../../derive/clock.ts';
import { asked, showRun } from '../../store/commands.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

const FILES_SHOWN = 8;

/** Folders whose new and changed files become cards by themselves. */
export function WatchedFolders({ draft, errors, change }: SectionProps) {
  const { watchedFolders } = draft;
  const [status, setStatus] = useState<WatchStatus | null>(null);
  useEffect(() => {
    void asked(getApi().watchStatus()).then((found) => found !== undefined && setStatus(found));
    return getApi().onWatchChanged(setStatus);
  }, []);
  const set = (folders: WatchedFolder[]) => change({ watchedFolders: folders });
  async function add() {
    const path = await asked(getApi().chooseFolder());
    if (path === undefined || path === null) return;
    set([...watchedFolders, { path, deck: draft.deck, enabled: true }]);
  }
  return (
    <Section
      id="watched"
      note="Lists and notes that are put or changed there become cards, with the generator and languages of the defaults. The same text is never taken twice."
    >
      <div className="settings-fields">
        {watchedFolders.map((folder, index) => (
          <div key={index} className="settings-wide watched-folder">
            <label className="row grow">
              <input
                type="checkbox"
                checked={folder.enabled}
                aria-label={`Watch ${folder.path}`}
                onChange={({ target }) =>
                  set(watchedFolders.with(index, { ...folder, enabled: target.checked }))
                }
              />
              <code className="truncate">{folder.path}</code>
            </label>
            <Field label="Deck" error={errors[`watchedFolders.${index}.deck`]}>
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  maxLength={200}
                  value={folder.deck}
                  onChange={({ target }) =>
                    set(watchedFolders.with(index, { ...folder, deck: target.value }))
                  }
                />
              )}
            </Field>
            <Button tone="quiet" onClick={() => set(watchedFolders.toSpliced(index, 1))}>
              Remove
            </Button>
            {problemOf(status, folder) !== null && (
              <p className="field-error settings-wide">{problemOf(status, folder)}</p>
            )}
          </div>
        ))}
        <div className="settings-wide stack">
          <div>
            <Button icon="plus" onClick={() => void add()}>
              Add a folder…
            </Button>
          </div>
          {status !== null && status.files.length > 0 && (
            <ul className="small" aria-label="Files of watched folders">
              {shownOf(status.files).map((file) => (
                <WatchedRow key={file.path} file={file} />
              ))}
            </ul>
          )}
        </div>
      </div>
    </Section>
  );
}

/** All that gave no cards, and the newest of the others. */
function shownOf(files: readonly WatchedFile[]): readonly WatchedFile[] {
  const amiss = files.filter(({ message }) => message !== null);
  const well = files.filter(({ message }) => message === null);
  return [...amiss, ...well.slice(0, Math.max(0, FILES_SHOWN - amiss.length))];
}

function WatchedRow({ file }: { file: WatchedFile }) {
  return (
    <li className="row">
      <code className="truncate grow">{file.path.split(/[\\/]/).at(-1)}</code>
      <span>{file.state}</span>
      <span className="faint num">{formatWhen(file.atMs)}</span>
      {file.runId !== null && (
        <button
          type="button"
          className="link"
          data-action="Show the run"
          onClick={() => file.runId !== null && showRun(file.runId)}
        >
          Run
        </button>
      )}
      {file.message !== null && <span className="field-error">{file.message}</span>}
    </li>
  );
}

function problemOf(status: WatchStatus | null, { path }: WatchedFolder): string | null {
  return status?.folders.find((folder) => folder.path === path)?.problem ?? null;
}
