/**
 * Counters, gauges and histograms of your own. Cells resolved beforehand for hot paths, observed gauges that
 * cost nothing until somebody collects, exemplars that lead from a bucket to a trace.
 */
import { histogramPercentile, initTelemetry } from '../electron/telemetry/index.ts';

const telemetry = initTelemetry({ version: '1.0.0', serviceName: 'example-metrics' });
const { metrics } = telemetry;

const reviews = metrics.counter('study.reviews', {
  unit: '{review}',
  description: 'Cards reviewed, by rating.',
});
const answerTime = metrics.histogram('study.answer.duration', {
  unit: 's',
  description: 'Time until a card was answered.',
  boundaries: [0.5, 1, 2, 5, 10, 30],
});
const due = metrics.upDownCounter('study.due', { unit: '{card}', description: 'Cards that are due.' });
metrics.observableGauge('process.memory.usage', { unit: 'By', description: 'Resident memory.' }, (report) =>
  report(process.memoryUsage.rss()),
);

// On a hot path: the attributes are resolved once, counting is an addition.
const good = reviews.cell({ 'study.rating': 'good' });
due.add(200);
telemetry.withSpan('study session', () => {
  for (let card = 0; card < 200; card += 1) {
    telemetry.withSpan('answer', () => {
      if (card % 8 === 0) reviews.add(1, { 'study.rating': 'again' });
      else good.add(1);
      // An even spread from 0.1 to 20 seconds.
      answerTime.record(0.1 + ((card * 37) % 200) / 10);
      due.add(-1);
    });
  }
});
// Without an instrument in hand.
telemetry.recordMetric('study.streak', 12, { 'study.deck': 'sample' }, 'gauge');

for (const metric of await metrics.collect()) {
  console.log(`${metric.name} (${metric.kind}${metric.unit === '' ? '' : `, ${metric.unit}`})`);
  if (metric.kind === 'histogram') {
    for (const { value, exemplars } of metric.points) {
      const at = (p: number) => histogramPercentile(value, p)?.toFixed(1) ?? 'none';
      console.log(`  ${value.count} records, p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}`);
      for (const { value: seconds, traceId } of exemplars ?? []) {
        console.log(`  exemplar ${seconds.toFixed(1)} in trace ${traceId.slice(0, 8)}…`);
      }
    }
  } else {
    for (const { attributes, value } of metric.points) {
      console.log(`  ${value} ${Object.keys(attributes).length === 0 ? '' : JSON.stringify(attributes)}`);
    }
  }
}
await telemetry.shutdown(2000);
