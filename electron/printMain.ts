/**
 * An Electron for one job: the command line's way to a PDF. It has no window that anybody sees, none of the app's data,
 * and ends when the file is written. See launch/printProcess.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { app } from 'electron';
import { z } from 'zod';
import { toPlainError } from './errors/tracedeckError.ts';
import { printSheet } from './printSheet.ts';

const jobSchema = z.object({ html: z.string(), pdf: z.string(), paper: z.enum(['a4', 'letter']) });

void main();

async function main(): Promise<void> {
  try {
    const job = jobSchema.parse(JSON.parse(process.env['TRACEDECK_PRINT_JOB'] ?? '{}'));
    // Beside the job's files, which go away with it: the app may run at the same time.
    app.setPath('userData', join(dirname(job.pdf), 'chromium'));
    app.on('window-all-closed', () => {});
    await app.whenReady();
    writeFileSync(job.pdf, await printSheet(readFileSync(job.html, 'utf8'), job.paper), { mode: 0o600 });
    app.exit(0);
  } catch (thrown) {
    console.error(`TRACEDECK_PRINT_ERROR ${JSON.stringify(toPlainError(thrown))}`);
    app.exit(1);
  }
}
