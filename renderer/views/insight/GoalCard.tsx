import { useId } from 'react';
import {
  badText,
  budgetText,
  goalBoundText,
  goalTimeText,
  goalValueText,
  LEVEL_TEXTS,
  minutesText,
  missedText,
  offendersOf,
  rateText,
} from '../../../shared/analysis/goalText.ts';
import type { BurnWindow, GoalBurn } from '../../../shared/analysis/goalBurn.ts';
import type { GoalBudget, JudgedGoal } from '../../../shared/analysis/judgeGoal.ts';
import { shortNumber } from '../../../shared/formatRate.ts';
import { isDuration } from '../../../shared/goals.ts';
import type { Goal } from '../../../shared/goals.ts';
import { countOf, formatCount, formatDuration } from '../../../shared/units.ts';
import { ChartFrame } from '../../charts/ChartFrame.tsx';
import { GoalPlot, stepState } from '../../charts/GoalPlot.tsx';
import { stepText } from '../../charts/lineTip.ts';
import { Badge } from '../../ui/Badge.tsx';
import type { Tone } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { openGoalTraces } from './insightRoute.ts';

const STATES: Readonly<Record<JudgedGoal['state'], readonly [tone: Tone, text: string]>> = {
  met: ['good', 'met'],
  missed: ['bad', 'missed'],
  few: ['neutral', 'too few'],
};
const LEVEL_TONES: Readonly<Record<GoalBurn['level'], Tone>> = { none: 'neutral', slow: 'warn', fast: 'bad' };

/** A goal: how it is, what is left of its budget, how fast that goes, and how it was over its time. */
export function GoalCard({ goal, state, value, count, bad, budget, burn, history, isPartial }: JudgedGoal) {
  const id = useId();
  const [tone, text] = STATES[state];
  const time = goalTimeText(goal);
  return (
    <li className="goal" aria-labelledby={id}>
      <div className="goal-now">
        <header>
          <h3 id={id}>{goal.name}</h3>
          <Badge tone={tone}>{text}</Badge>
          {burn.level !== 'none' && <Badge tone={LEVEL_TONES[burn.level]}>{LEVEL_TEXTS[burn.level]}</Badge>}
        </header>
        <dl className="goal-facts">
          <dt>Wanted</dt>
          <dd>
            {goalBoundText(goal)} <span className="faint">over {time}</span>
          </dd>
          <dt>Now</dt>
          <dd>
            <strong className="num">{goalValueText(goal, value)}</strong>{' '}
            <span className="faint">
              {isPartial && 'the newest '}
              {countOf(count, 'span')}
              {bad > 0 && `, ${badText(goal, bad)}`}
            </span>
          </dd>
          <dt>Budget</dt>
          <dd>
            <Budget goal={goal} budget={budget} />
          </dd>
          <dt>Burn rate</dt>
          <dd className="num">
            <Rate window={burn.short} goal={goal} /> <Rate window={burn.long} goal={goal} />{' '}
            {burn.days !== null && <Rate window={burn.days} goal={goal} />}
            {burn.level === 'none' && <span className="goal-rate faint">{LEVEL_TEXTS.none}</span>}
          </dd>
        </dl>
        <Button
          tone="quiet"
          disabled={count === 0}
          aria-label={`Offenders of ${goal.name}`}
          data-action="Traces of a goal"
          onClick={() =>
            void openGoalTraces(goal.query, offendersOf(goal), Date.now() - goal.windowMinutes * 60_000)
          }
        >
          Offenders
        </Button>
      </div>
      <ChartFrame
        title={`${goal.name}, the last ${time}`}
        summary={`${goal.name}: ${goalBoundText(goal)}, in ${history.steps.length} steps of ${formatDuration(history.stepMs)}, missed in ${missedText({ history })} that have spans.`}
        columns={['From', goal.measure, 'Spans', 'Bad', 'State']}
        rows={() =>
          history.steps.map((step) => [
            stepText(step.startMs),
            goalValueText(goal, step.value),
            formatCount(step.count),
            formatCount(step.bad),
            stepState(step),
          ])
        }
        chart={<GoalPlot goal={goal} history={history} />}
        {...(isPartial && { axes: 'There was no time for all spans: the older steps are not whole.' })}
      />
    </li>
  );
}

function Budget({ goal, budget }: { readonly goal: Goal; readonly budget: GoalBudget | null }) {
  if (budget === null) return <>–</>;
  const { spent, allowed, left } = budget;
  return (
    <>
      <span className="goal-budget" aria-hidden="true">
        <span
          className={left < 0 ? 'is-overspent' : undefined}
          style={{ inlineSize: `${(left < 0 ? 1 : left) * 100}%` }}
        />
      </span>
      <span className={left < 0 ? 'goal-overspent num' : 'num'}>{budgetText(budget)}</span>{' '}
      <span className="faint">
        {formatCount(spent)} of {shortNumber(allowed)} {isDuration(goal.measure) ? 'slow' : 'errors'}
      </span>
    </>
  );
}

function Rate({ window, goal }: { readonly window: BurnWindow; readonly goal: Goal }) {
  const isOver = window.rate !== null && window.rate >= window.limit;
  return (
    <span
      className="goal-rate"
      title={`A rate of 1× uses the budget up in ${goalTimeText(goal)}. Warned of from ${shortNumber(window.limit)}× on.`}
    >
      <span className={isOver ? 'goal-overspent' : undefined}>{rateText(window)}</span>{' '}
      <span className="faint">in {minutesText(window.minutes)}</span>
    </span>
  );
}
