/** Tells of goals that are missed, for the life of the window. */
import { goalBoundText, goalValueText } from '../../shared/analysis/judgeGoal.ts';
import { getApi } from '../api.ts';
import { getState } from './index.ts';

export function followGoals(): void {
  getApi().onGoalMissed(({ goal, value }) => {
    getState().toastAdded({
      tone: 'bad',
      text: `A goal is missed: ${goal.name}.`,
      hint: `${goalBoundText(goal)}, now ${goalValueText(goal, value)}.`,
      action: { label: 'Show', run: () => getState().navigated({ view: 'insight', tab: 'goals' }) },
    });
  });
}
