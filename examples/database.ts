/**
 * A SQLite database, watched: statements as rows, a transaction with its outcome, a slow statement with its plan.
 * The watching is switched off and on again while the program runs.
 */
import Database from 'better-sqlite3';
import { initTelemetry, instrumentDatabase, printTraces } from '../electron/telemetry/index.ts';

const telemetry = initTelemetry({ version: '1.0.0', serviceName: 'example-database' });
telemetry.component('database').configure({ mode: 'leaf', every: 1, slowMs: 100 });
const watch = instrumentDatabase(telemetry, new Database(':memory:'), { namespace: 'words', slowQueryMs: 2 });
const { database: db } = watch;

telemetry.withSpan('fill', () => {
  db.exec('CREATE TABLE words (id INTEGER PRIMARY KEY, term TEXT NOT NULL, level INTEGER NOT NULL) STRICT');
  const insert = db.prepare('INSERT INTO words (term, level) VALUES (?, ?)');
  const fill = db.transaction((count: number) => {
    for (let i = 0; i < count; i += 1) insert.run(`word ${i}`, i % 6);
  });
  fill(20_000);
});

telemetry.withSpan('study', () => {
  // Prepared three times, compiled once.
  for (const level of [1, 2, 3]) db.prepare('SELECT term FROM words WHERE level = ? LIMIT 10').all(level);
  // No index helps here: this one ends up in the log, with its plan.
  db.prepare('SELECT a.term FROM words a JOIN words b ON b.term = a.term || ? LIMIT 1').all('!');
});

telemetry.withSpan('fails', () => {
  try {
    db.transaction(() => {
      db.prepare('UPDATE words SET level = 0 WHERE id = ?').run(1);
      db.prepare('INSERT INTO words (id, term, level) VALUES (1, ?, 0)').run('taken');
    })();
  } catch {
    telemetry.logger.warn('The transaction was rolled back.');
  }
});

watch.disable();
telemetry.withSpan('not watched', () => db.prepare('SELECT count(*) FROM words').get());
watch.enable();
telemetry.withSpan('watched again', () => db.prepare('SELECT count(*) FROM words').get());

// Plans are told when the work is done.
await new Promise((resolve) => setTimeout(resolve, 20));
printTraces(telemetry);
for (const { level, message, attributes } of telemetry.logger.recent(null, 10)) {
  console.log(level, message, attributes);
}
console.log('statements', watch.statements());
console.log('component', telemetry.component('database').counts());
db.close();
await telemetry.shutdown(2000);
