import type { StudyStats } from '../../../shared/study.ts';
import { countOf, formatCount, formatDuration } from '../../../shared/units.ts';
import { ChartFrame } from '../../charts/ChartFrame.tsx';

const DAY_MS = 86_400_000;
const CELL_PX = 12;
const GAP_PX = 3;
/** Weeks that are shown at the most. */
const MAX_WEEKS = 53;
const LEVELS = 4;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

type Day = StudyStats['history'][number];

/** A square for every day of the last year, the darker the more reviews. */
export function CalendarMap({ history, nowMs = Date.now() }: { history: readonly Day[]; nowMs?: number }) {
  const byDay = new Map(history.map((day) => [day.day, day]));
  const earliest = Math.min(0, ...history.map((day) => day.day));
  const today = new Date(nowMs);
  // Weeks begin on Monday.
  const weekday = (date: Date) => (date.getDay() + 6) % 7;
  const weeks = Math.min(MAX_WEEKS, Math.max(13, Math.ceil((1 - earliest + weekday(today)) / 7)));
  const most = Math.max(1, ...history.map((day) => day.reviews));
  const first = -(weekday(today) + 7 * (weeks - 1));
  const cells = Array.from({ length: weeks * 7 }, (_none, index) => first + index).filter((day) => day <= 0);
  const dateOf = (day: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() + day);
  const total = history.reduce((sum, day) => sum + day.reviews, 0);
  const step = CELL_PX + GAP_PX;
  return (
    <ChartFrame
      title="Days"
      summary={`${formatCount(total)} reviews on ${countOf(history.filter((day) => day.reviews > 0).length, 'day')}`}
      columns={['Day', 'Reviews', 'Time']}
      rows={() =>
        history
          .filter((day) => day.reviews > 0)
          .map((day) => [
            new Date(nowMs + day.day * DAY_MS).toLocaleDateString('en-CA'),
            formatCount(day.reviews),
            formatDuration(day.durationMs),
          ])
      }
      chart={
        <div className="calendar">
          <svg width={weeks * step} height={7 * step + 16}>
            {cells.map((day) => {
              const index = day - first;
              const date = dateOf(day);
              const x = Math.floor(index / 7) * step;
              const y = (index % 7) * step + 16;
              const reviews = byDay.get(day)?.reviews ?? 0;
              const level = reviews === 0 ? 0 : Math.ceil((LEVELS * reviews) / most);
              return (
                <g key={day}>
                  {date.getDate() <= 7 && index % 7 === 0 && (
                    <text x={x} y={10} className="calendar-month">
                      {MONTHS[date.getMonth()]}
                    </text>
                  )}
                  <rect x={x} y={y} width={CELL_PX} height={CELL_PX} rx="3" className={`calendar-${level}`}>
                    <title>{`${date.toLocaleDateString('en-CA')}: ${countOf(reviews, 'review')}`}</title>
                  </rect>
                </g>
              );
            })}
          </svg>
        </div>
      }
    />
  );
}
