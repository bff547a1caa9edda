import './goals.css';
import { useCallback } from 'react';
import { askGoal, MIN_GOAL_SPANS } from '../../../shared/analysis/judgeGoal.ts';
import type { JudgedGoal } from '../../../shared/analysis/judgeGoal.ts';
import { GoalMark } from '../../charts/GoalPlot.tsx';
import { askSpanSteps } from '../../store/insightCommands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectSettings } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FigureArea } from './FigureArea.tsx';
import { GoalCard } from './GoalCard.tsx';
import { useFigures } from './useFigures.ts';

const toSettings = () => getState().navigated({ view: 'settings', section: 'goals' });

/** What the user wants of the program and of others, whether it is so, and how it was. */
export function GoalsTab() {
  const goals = useStore(selectSettings)?.goals;
  const ask = useCallback(
    async () =>
      Promise.all((goals ?? []).filter(({ enabled }) => enabled).map((goal) => askGoal(goal, askSpanSteps))),
    [goals],
  );
  const figures = useFigures(ask);
  return (
    <FigureArea what="Goals" figures={figures}>
      {(judged) =>
        judged.length === 0 ? (
          <EmptyState icon="chart" title="No goals" actions={<Button onClick={toSettings}>Set goals</Button>}>
            A goal says what you want: at most so many errors, at least such an availability, no slower than
            that. It is looked at every minute, and you are told when it is missed.
          </EmptyState>
        ) : (
          <GoalList judged={judged} />
        )
      }
    </FigureArea>
  );
}

function GoalList({ judged }: { readonly judged: readonly JudgedGoal[] }) {
  return (
    <div className="insight-pad">
      <div className="goals-key small" aria-hidden="true">
        <span>
          <Key isMissed={false} /> met
        </span>
        <span>
          <Key isMissed /> missed
        </span>
        <span>
          <svg width="20" height="12" className="goal-plot">
            <path className="goal-target" d="M0 6H20" />
          </svg>
          wanted
        </span>
      </div>
      <ul className="goals" data-testid="goals" aria-label="Goals">
        {judged.map((each, at) => (
          <GoalCard key={at} {...each} />
        ))}
      </ul>
      <p className="small muted">
        Looked at every minute while spans come in. Below {MIN_GOAL_SPANS} spans a goal is neither met nor
        missed.{' '}
        <button type="button" className="link" data-action="Edit goals" onClick={toSettings}>
          Edit goals
        </button>
      </p>
    </div>
  );
}

function Key({ isMissed }: { readonly isMissed: boolean }) {
  return (
    <svg width="12" height="12">
      <GoalMark isMissed={isMissed} x={6} y={6} />
    </svg>
  );
}
