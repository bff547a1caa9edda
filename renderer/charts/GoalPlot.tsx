import './goalPlot.css';
import { useRef } from 'react';
import type { GoalFigure, JudgedGoal } from '../../shared/analysis/judgeGoal.ts';
import { badText, goalValueText } from '../../shared/analysis/goalText.ts';
import { isAtLeast } from '../../shared/goals.ts';
import type { Goal } from '../../shared/goals.ts';
import { countOf } from '../../shared/units.ts';
import { tickText, timeTicks } from '../derive/scatter.ts';
import { goalScale, linesOf } from './goalScale.ts';
import type { GoalScale } from './goalScale.ts';
import { stepText } from './lineTip.ts';
import { useWidth } from './useWidth.ts';

const HEIGHT_PX = 112;
const LEFT_PX = 76;
const RIGHT_PX = 20;
const TOP_PX = 10;
const BOTTOM_PX = 22;
const TICK_PX = 96;
const LABEL_PX = 14;

/** A goal's figure over its time, with its target. Steps in which it was missed are triangles, others dots. */
export function GoalPlot({ goal, history }: Pick<JudgedGoal, 'goal' | 'history'>) {
  const host = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(host);
  return (
    <div className="goal-plot" ref={host} style={{ height: HEIGHT_PX }}>
      {widthPx > LEFT_PX + RIGHT_PX && <Picture goal={goal} history={history} widthPx={widthPx} />}
    </div>
  );
}

type PictureProps = Pick<JudgedGoal, 'goal' | 'history'> & { readonly widthPx: number };

function Picture({ goal, history: { steps, stepMs }, widthPx }: PictureProps) {
  const scale = goalScale(goal, steps);
  const { low, high } = scale;
  const innerPx = widthPx - LEFT_PX - RIGHT_PX;
  const bottomPx = HEIGHT_PX - BOTTOM_PX;
  const fromMs = steps[0]!.startMs;
  const toMs = fromMs + stepMs * steps.length;
  const timeX = (timeMs: number) => LEFT_PX + (innerPx * (timeMs - fromMs)) / (toMs - fromMs);
  const stepX = (at: number) => LEFT_PX + (innerPx * (at + 0.5)) / steps.length;
  const y = (value: number) => {
    const share = (Math.min(high, Math.max(low, value)) - low) / (high - low);
    return bottomPx - share * (bottomPx - TOP_PX);
  };
  const boundY = y(goal.bound);
  const edges = [low, high].filter((edge) => Math.abs(y(edge) - boundY) >= LABEL_PX);
  return (
    <svg width={widthPx} height={HEIGHT_PX} aria-hidden="true" focusable="false">
      <rect
        className="goal-beyond"
        x={LEFT_PX}
        width={innerPx}
        y={isAtLeast(goal.measure) ? boundY : TOP_PX}
        height={isAtLeast(goal.measure) ? bottomPx - boundY : boundY - TOP_PX}
      />
      {edges.map((edge) => (
        <text key={edge} className="goal-tick" x={LEFT_PX - 8} y={y(edge)} dy="0.32em" textAnchor="end">
          {edgeText(goal, scale, edge)}
        </text>
      ))}
      <text className="goal-tick is-target" x={LEFT_PX - 8} y={boundY} dy="0.32em" textAnchor="end">
        {goalValueText(goal, goal.bound)}
      </text>
      <path className="goal-axis" d={`M${LEFT_PX} ${bottomPx}h${innerPx}`} />
      {timeTicks(fromMs, toMs, Math.max(2, Math.floor(innerPx / TICK_PX))).map((tick) => (
        <text
          key={tick}
          className="goal-tick"
          x={Math.min(timeX(tick), widthPx - RIGHT_PX)}
          y={HEIGHT_PX - 6}
          textAnchor="middle"
        >
          {tickText(tick, toMs - fromMs)}
        </text>
      ))}
      <path className="goal-target" d={`M${LEFT_PX} ${boundY}h${innerPx}`} />
      {linesOf(steps).map((line) => (
        <path
          key={line[0]}
          className="goal-line"
          d={line
            .map((at, place) => `${place === 0 ? 'M' : 'L'}${stepX(at)} ${y(steps[at]!.value!)}`)
            .join('')}
        />
      ))}
      {steps.map((step, at) => (
        <g key={at}>
          {step.value !== null && <GoalMark isMissed={step.isMissed} x={stepX(at)} y={y(step.value)} />}
          <rect
            className="goal-step"
            x={LEFT_PX + (innerPx * at) / steps.length}
            width={innerPx / steps.length}
            y={TOP_PX}
            height={bottomPx - TOP_PX}
          >
            <title>{stepTitle(goal, step)}</title>
          </rect>
        </g>
      ))}
    </svg>
  );
}

/** A value at an edge, and whether there are others beyond it. */
function edgeText(goal: Goal, { low, high, isCut }: GoalScale, edge: number): string {
  const isMore = isAtLeast(goal.measure);
  const sign = !isCut || edge !== (isMore ? low : high) ? '' : isMore ? '≤ ' : '≥ ';
  return sign + (edge === 0 ? '0' : goalValueText(goal, edge));
}

type MarkProps = { readonly isMissed: boolean; readonly x: number; readonly y: number };

/** What a step is: told by its shape as well as by its colour. */
export function GoalMark({ isMissed, x, y }: MarkProps) {
  return isMissed ? (
    <path className="goal-missed" d={`M${x} ${y - 5}l5 9h-10z`} />
  ) : (
    <circle className="goal-met" cx={x} cy={y} r={2.5} />
  );
}

export function stepState({ count, isMissed }: GoalFigure): string {
  return count === 0 ? 'no spans' : isMissed ? 'missed' : 'met';
}

function stepTitle(goal: Goal, step: GoalFigure): string {
  const { startMs, value, count, bad } = step;
  if (count === 0) return `${stepText(startMs)}: no spans`;
  return `${stepText(startMs)}: ${goalValueText(goal, value)}, ${stepState(step)} (${countOf(count, 'span')}, ${badText(goal, bad)})`;
}
