/**
 * Spans around functions, nested by themselves across awaits. Attributes, events, a link, wrapped functions and
 * classes, and log records that know the span they were written in.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { initTelemetry, instrumentClass, printTraces, traced } from '../electron/telemetry/index.ts';

const telemetry = initTelemetry({ version: '1.0.0', serviceName: 'example-basics' });
const { logger } = telemetry;

// Any function can be wrapped; it keeps its name, its `this` and what it returns.
const lookUp = traced(telemetry, 'look up', async (word: string) => {
  telemetry.setAttribute('word.length', word.length);
  await sleep(4);
  return `${word}: a word`;
});

class Notebook {
  readonly #lines: string[] = [];
  async add(line: string): Promise<number> {
    await sleep(2);
    return this.#lines.push(line);
  }
}
const restore = instrumentClass(telemetry, Notebook, { prefix: 'notebook ' });

const first = await telemetry.withSpan('lesson', { attributes: { 'lesson.words': 3 } }, async (lesson) => {
  const notebook = new Notebook();
  logger.info('The lesson begins.');
  // Whatever starts in here is a child of the lesson, however it is awaited.
  await Promise.all(['mountain', 'river', 'sea'].map(async (word) => notebook.add(await lookUp(word))));
  lesson.addEvent('half time', { 'words.left': 0 });
  telemetry.withSpan('review', (review) => review.set('review.score', 0.9));
  return { traceId: lesson.traceId, spanId: lesson.spanId };
});
restore();

// A second trace that says which one it follows.
telemetry.withSpan('next lesson', { links: [first] }, (span) => {
  logger.info('The next lesson follows from the first.');
  span.set('lesson.words', 0);
});

printTraces(telemetry);
for (const record of logger.recent(null, 10)) {
  console.log(
    `${record.level.padEnd(5)} ${record.message}  trace ${record.traceId?.slice(0, 8)} span ${record.spanId}`,
  );
}
await telemetry.shutdown(2000);
