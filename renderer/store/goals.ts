/** Tells of goals that are missed, or whose budget burns, for the life of the window. */
import { goalWarningText } from '../../shared/analysis/goalText.ts';
import { getApi } from '../api.ts';
import { getState } from './index.ts';

export function followGoals(): void {
  getApi().onGoalWarning((judged) => {
    const warning = goalWarningText(judged);
    if (warning === null) return;
    getState().toastAdded({
      tone: 'bad',
      text: `${warning.title}.`,
      hint: `${warning.detail}.`,
      action: { label: 'Show', run: () => getState().navigated({ view: 'insight', tab: 'goals' }) },
    });
  });
}
