/** What the palette offers right now. */
import { isActive } from '../derive/runProgress.ts';
import {
  cancelRun,
  chooseList,
  exportCards,
  generate,
  openWindow,
  pauseRun,
  resumeRun,
  trySample,
} from '../store/commands.ts';
import type { AppState } from '../store/index.ts';
import type { IconName } from '../ui/Icon.tsx';
import { PLACES } from './places.ts';

export type Command = {
  readonly title: string;
  readonly icon: IconName;
  readonly keys?: string;
  readonly run: () => unknown;
};

export function commandList(state: AppState): readonly Command[] {
  const active = state.runs.find((run) => isActive(run.state));
  const newList = (load: () => unknown) => () => {
    state.runShown(null);
    state.navigated({ view: 'generate' });
    void load();
  };
  const commands: Command[] = PLACES.map(({ view, label, icon }, index) => ({
    title: `Go to ${label}`,
    icon,
    keys: `mod+${index + 1}`,
    run: () => state.navigated({ view }),
  }));
  if (state.source !== null && state.shownRunId === null) {
    commands.unshift({
      title: `Generate cards from ${state.source.preview.sourceName}`,
      icon: 'generate',
      keys: 'mod+Enter',
      run: generate,
    });
  }
  if (active !== undefined) {
    const { runId } = active;
    if (active.state === 'running') {
      commands.unshift({ title: 'Pause the run', icon: 'pause', keys: 'mod+P', run: () => pauseRun(runId) });
    } else {
      commands.unshift({ title: 'Resume the run', icon: 'play', keys: 'mod+P', run: () => resumeRun(runId) });
    }
    commands.push({ title: 'Cancel the run', icon: 'stop', run: () => cancelRun(runId) });
  }
  commands.push(
    { title: 'Choose a list…', icon: 'file', keys: 'mod+O', run: newList(chooseList) },
    { title: 'Try the sample list', icon: 'file', run: newList(trySample) },
    {
      title: 'Export all cards…',
      icon: 'export',
      run: () => exportCards({ deck: null, runId: null, search: null }),
    },
    { title: 'Open another window', icon: 'window', run: openWindow },
    { title: 'Keyboard help', icon: 'help', keys: '?', run: () => state.overlayChanged('help') },
  );
  return commands;
}

/** Commands that contain every word of the question, in their own order. */
export function matchCommands(commands: readonly Command[], question: string): readonly Command[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
}
