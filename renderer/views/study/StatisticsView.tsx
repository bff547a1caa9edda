import { useEffect, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import type { StudyStats } from '../../../shared/study.ts';
import { countOf, formatCount, formatDuration, formatPercent } from '../../../shared/units.ts';
import { getApi, toCallError } from '../../api.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectDeckTree, selectDeckVersion } from '../../store/selectors.ts';
import { DeckSelect } from '../../ui/DeckSelect.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Field } from '../../ui/Field.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Stat } from '../../ui/Stat.tsx';
import { TableHead } from '../../ui/TableHead.tsx';
import { CalendarMap } from './CalendarMap.tsx';
import { CalibrationChart } from './CalibrationChart.tsx';
import { DayBars, ShareBars } from './StudyBars.tsx';

const SPANS = [
  { id: '30', label: '1 month' },
  { id: '90', label: '3 months' },
  { id: '365', label: '1 year' },
  { id: '3650', label: 'All' },
] as const;
type Span = (typeof SPANS)[number]['id'];

const RETENTION_NAMES = {
  today: 'Today',
  week: 'Last 7 days',
  month: 'Last 30 days',
  all: 'All time',
} as const;
const RATING_COLOURS = ['var(--bad)', 'var(--chart-2)', 'var(--chart-1)', 'var(--chart-3)'] as const;
const RATING_NAMES = ['Again', 'Hard', 'Good', 'Easy'] as const;

/** What was studied, how well it stays, and what is to come. */
export function StatisticsView({ deck }: { deck: string | null }) {
  const decks = useStore(selectDeckTree);
  const version = useStore(selectDeckVersion);
  const [span, setSpan] = useState<Span>('90');
  const [stats, setStats] = useState<StudyStats | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  const [again, setAgain] = useState(0);
  useEffect(() => {
    let isWanted = true;
    getApi()
      .studyStats({ deck, days: Number(span) })
      .then(
        (answer) => {
          if (!isWanted) return;
          setStats(answer);
          setFault(null);
        },
        (thrown: unknown) => isWanted && setFault(toCallError(thrown)),
      );
    return () => void (isWanted = false);
  }, [deck, span, version, again]);

  return (
    <div className="study-stats">
      <div className="row row-wrap study-stats-bar">
        <Field label="Deck">
          {(ids) => (
            <DeckSelect
              {...ids}
              decks={decks}
              value={deck}
              onChange={(next) =>
                getState().placeChanged({
                  view: 'study',
                  tab: 'statistics',
                  ...(next === null ? {} : { deck: next }),
                })
              }
            />
          )}
        </Field>
        <Segmented label="Period" options={SPANS} value={span} onChange={setSpan} />
      </div>
      {fault !== null && (
        <ReadFault what="The statistics" fault={fault} onRetry={() => setAgain((count) => count + 1)} />
      )}
      {stats === null && fault === null && <p className="loading muted">Counting…</p>}
      {stats !== null && <Figures stats={stats} />}
    </div>
  );
}

function Figures({ stats }: { stats: StudyStats }) {
  const reviews = stats.history.reduce((sum, day) => sum + day.reviews, 0);
  const spentMs = stats.history.reduce((sum, day) => sum + day.durationMs, 0);
  const days = stats.history.filter((day) => day.reviews > 0).length;
  // Half a year of weeks takes a line of its own.
  const isLong = stats.history.some(({ day }) => day < -183);
  const { states } = stats;
  const total = states.new + states.learning + states.young + states.mature + states.suspended;
  if (total === 0) {
    return (
      <EmptyState icon="chart" title="No cards here">
        Figures appear with the first cards of this deck.
      </EmptyState>
    );
  }
  return (
    <>
      <dl className="stats panel study-figures">
        <Stat label="Reviews" value={formatCount(reviews)} note={countOf(days, 'day')} />
        <Stat label="Time" value={formatDuration(spentMs)} />
        <Stat
          label="A card takes"
          value={stats.medianAnswerMs === null ? '–' : formatDuration(stats.medianAnswerMs)}
          note="median"
        />
        <Stat label="In a row" value={countOf(stats.streakDays, 'day')} />
        <Stat label="Mature" value={formatCount(states.mature)} note={`of ${formatCount(total)} cards`} />
      </dl>
      <div className="study-charts">
        <section className={isLong ? 'panel study-wide' : 'panel'}>
          <CalendarMap history={stats.history} />
        </section>
        <section className="panel">
          <DayBars
            title="Due in the days to come"
            rows={stats.forecast.map(({ day, due, newDue }) => ({ day, parts: [due, newDue] }))}
            names={['To review', 'New']}
            colours={['var(--chart-1)', 'var(--chart-3)']}
            formatDay={(day) => (day === 0 ? 'today' : `in ${countOf(day, 'day')}`)}
            axes="Cards, by days from today"
          />
        </section>
        <section className="panel">
          <DayBars
            title="Reviews so far"
            rows={stats.history.map(({ day, reviews: count, learned, relearned }) => ({
              day,
              parts: [count - learned - relearned, learned, relearned],
            }))}
            names={['Review', 'Learning', 'Relearning']}
            colours={['var(--chart-1)', 'var(--chart-3)', 'var(--chart-2)']}
            formatDay={(day) => (day === 0 ? 'today' : `${countOf(-day, 'day')} ago`)}
            axes="Reviews, by days ago"
          />
        </section>
        <section className="panel">
          <Retention stats={stats} />
        </section>
        <section className="panel">
          <CalibrationChart calibration={stats.calibration} />
        </section>
        <section className="panel">
          <ShareBars
            title="Answers"
            rows={stats.byRating.map(({ state, counts }) => ({ name: state, parts: counts }))}
            names={RATING_NAMES}
            colours={RATING_COLOURS}
          />
        </section>
        <section className="panel">
          <ShareBars
            title="Cards by state"
            rows={[
              {
                name: 'cards',
                parts: [states.new, states.learning, states.young, states.mature, states.suspended],
              },
            ]}
            names={['New', 'Learning', 'Young', 'Mature', 'Suspended']}
            colours={[
              'var(--chart-3)',
              'var(--chart-2)',
              'var(--chart-5)',
              'var(--chart-1)',
              'var(--chart-none)',
            ]}
          />
        </section>
        <section className="panel">
          <DayBars
            title="Difficulty"
            rows={stats.difficulty.map((count, index) => ({ day: index + 1, parts: [count] }))}
            names={['Cards']}
            colours={['var(--chart-4)']}
            formatDay={(value) => `difficulty ${value}`}
            axes="Cards, by difficulty from 1 (easy) to 10"
          />
        </section>
        <section className="panel">
          <DayBars
            title="Stability"
            rows={stats.stability.map((count, index) => ({ day: 2 ** index, parts: [count] }))}
            names={['Cards']}
            colours={['var(--chart-5)']}
            formatDay={(value) => `up to ${countOf(value, 'day')}`}
            axes="Cards, by days that they stay in memory"
          />
        </section>
        <section className="panel">
          <DayBars
            title="Hours of the day"
            rows={stats.hours.map(({ hour, reviews: count, recalled }) => ({
              day: hour,
              parts: [recalled, count - recalled],
            }))}
            names={['Remembered', 'Forgotten']}
            colours={['var(--chart-1)', 'var(--bad)']}
            formatDay={(hour) => `${hour}:00`}
            axes="Reviews, by hour"
          />
        </section>
      </div>
    </>
  );
}

/** What was remembered beside what the schedule had promised. */
function Retention({ stats }: { stats: StudyStats }) {
  const percent = (share: number | null) => (share === null ? '–' : formatPercent(share));
  return (
    <div className="chart">
      <header>
        <h3>Retention</h3>
      </header>
      <table className="table">
        <TableHead columns={['Reviews of']} figures={['Count', 'Remembered', 'Predicted']} />
        <tbody>
          {stats.retention.map(({ label, reviews, actual, predicted }) => (
            <tr key={label}>
              <th scope="row">{RETENTION_NAMES[label]}</th>
              <td className="right num">{formatCount(reviews)}</td>
              <td className="right num">
                <strong>{percent(actual)}</strong>
              </td>
              <td className="right num">{percent(predicted)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
