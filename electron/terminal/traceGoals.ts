/** How the goals of the settings are, by the spans of the program's trace store. */
import {
  badText,
  budgetText,
  goalBoundText,
  goalTimeText,
  goalValueText,
  LEVEL_TEXTS,
  minutesText,
  missedText,
  rateText,
} from '../../shared/analysis/goalText.ts';
import { askGoal } from '../../shared/analysis/judgeGoal.ts';
import type { JudgedGoal } from '../../shared/analysis/judgeGoal.ts';
import { formatCount } from '../../shared/units.ts';
import { showingPlace, table } from './answerText.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import type { TraceProgram } from './traceCommands.ts';

/** `trace goals`: 1 where one is missed. */
export async function traceGoals(program: TraceProgram, terminal: Terminal): Promise<number> {
  await program.flush();
  const judged: JudgedGoal[] = [];
  for (const goal of program.settings.current().goals) {
    if (!goal.enabled) continue;
    judged.push(
      await showingPlace(goal.query, terminal, () =>
        askGoal(goal, (search) => program.traces.ask('spanSteps', search)),
      ),
    );
  }
  print(terminal, judged, () => (judged.length === 0 ? 'No goals are set.' : goalTable(judged)));
  return judged.some(({ state }) => state === 'missed') ? 1 : 0;
}

function goalTable(judged: readonly JudgedGoal[]): string {
  return table(
    [
      'goal',
      'state',
      'wanted',
      'now',
      'spans',
      'of the last',
      'missed steps',
      'budget',
      'burn rate',
      'warning',
    ],
    judged.map((each) => {
      const { goal, state, value, count, bad, budget, burn } = each;
      return [
        goal.name,
        state === 'few' ? 'too few spans' : state,
        goalBoundText(goal),
        goalValueText(goal, value),
        bad === 0 ? formatCount(count) : `${formatCount(count)}, ${badText(goal, bad)}`,
        goalTimeText(goal),
        missedText(each),
        budgetText(budget),
        [burn.short, burn.long, ...(burn.days === null ? [] : [burn.days])]
          .map((each) => `${rateText(each)} in ${minutesText(each.minutes)}`)
          .join(', '),
        burn.level === 'none' ? '' : LEVEL_TEXTS[burn.level],
      ];
    }),
  );
}
