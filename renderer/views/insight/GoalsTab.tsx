import './goals.css';
import { useCallback } from 'react';
import {
  goalBoundText,
  goalSearch,
  goalTimeText,
  goalValueText,
  judgeGoal,
  MIN_GOAL_SPANS,
  offendersOf,
} from '../../../shared/analysis/judgeGoal.ts';
import type { JudgedGoal } from '../../../shared/analysis/judgeGoal.ts';
import { countOf, formatCount } from '../../../shared/units.ts';
import { askOperations } from '../../store/insightCommands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectSettings } from '../../store/selectors.ts';
import { Badge } from '../../ui/Badge.tsx';
import type { Tone } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FigureArea } from './FigureArea.tsx';
import { openGoalTraces } from './insightRoute.ts';
import { useFigures } from './useFigures.ts';

const STATES: Readonly<Record<JudgedGoal['state'], readonly [tone: Tone, text: string]>> = {
  met: ['good', 'met'],
  missed: ['bad', 'missed'],
  few: ['neutral', 'too few'],
};
const toSettings = () => getState().navigated({ view: 'settings', section: 'goals' });

/** What the user wants of the program and of others, and whether it is so. */
export function GoalsTab() {
  const goals = useStore(selectSettings)?.goals;
  const ask = useCallback(async () => {
    const wanted = (goals ?? []).filter(({ enabled }) => enabled);
    return Promise.all(
      wanted.map(async (goal) => judgeGoal(goal, await askOperations(goalSearch(goal, Date.now())))),
    );
  }, [goals]);
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
          <GoalTable judged={judged} />
        )
      }
    </FigureArea>
  );
}

function GoalTable({ judged }: { readonly judged: readonly JudgedGoal[] }) {
  return (
    <div className="insight-pad">
      <table className="table figures goals" aria-label="Goals" data-testid="goals">
        <thead>
          <tr>
            <th scope="col">Goal</th>
            <th scope="col">State</th>
            <th scope="col">Wanted</th>
            <th scope="col" className="right">
              Now
            </th>
            <th scope="col" aria-hidden="true" className="goal-gauge-cell" />
            <th scope="col" className="right">
              Spans
            </th>
            <th scope="col">Time</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {judged.map((each, at) => (
            <GoalRow key={at} {...each} />
          ))}
        </tbody>
      </table>
      <p className="small muted goals-foot">
        Looked at every minute while spans come in. Below {MIN_GOAL_SPANS} spans a goal is neither met nor
        missed.{' '}
        <button type="button" className="link" data-action="Edit goals" onClick={toSettings}>
          Edit goals
        </button>
      </p>
    </div>
  );
}

function GoalRow({ goal, state, value, count, errors, isPartial }: JudgedGoal) {
  const [tone, text] = STATES[state];
  return (
    <tr>
      <th scope="row">{goal.name}</th>
      <td>
        <Badge tone={tone}>{text}</Badge>
      </td>
      <td className="nowrap">{goalBoundText(goal)}</td>
      <td className="right num">{goalValueText(goal, value)}</td>
      <td aria-hidden="true" className="goal-gauge-cell">
        <Gauge value={value} bound={goal.bound} tone={tone} />
      </td>
      <td
        className="right num"
        title={isPartial ? 'The newest of them: there was no time for all' : undefined}
      >
        {isPartial && '≥ '}
        {formatCount(count)}
        {errors > 0 && <span className="faint"> {countOf(errors, 'error')}</span>}
      </td>
      <td className="nowrap">{goalTimeText(goal)}</td>
      <td>
        <Button
          tone="quiet"
          disabled={count === 0}
          data-action="Traces of a goal"
          onClick={() =>
            void openGoalTraces(goal.query, offendersOf(goal), Date.now() - goal.windowMinutes * 60_000)
          }
        >
          Offenders
        </Button>
      </td>
    </tr>
  );
}

/** How far the value is, with a mark where the bound is: at two thirds. */
function Gauge({
  value,
  bound,
  tone,
}: {
  readonly value: number | null;
  readonly bound: number;
  readonly tone: Tone;
}) {
  const share =
    value === null ? 0 : bound === 0 ? (value === 0 ? 0 : 1) : Math.min(1, (value / bound) * (2 / 3));
  return (
    <span className="goal-gauge">
      <span className={`goal-fill goal-${tone}`} style={{ inlineSize: `${share * 100}%` }} />
      <span className="goal-bound" />
    </span>
  );
}
