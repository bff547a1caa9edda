/**
 * Makes `require('better-sqlite3')` mean the copy beside this file, which is compiled for this Electron, in
 * the main process and in every worker thread. A thread has module loading of its own, so the hook has to
 * be loaded again in each: Worker gets it as a preload, and hands it on to threads of threads.
 */
const Module = require('node:module');
const { join } = require('node:path');
const threads = require('node:worker_threads');

const saved = join(__dirname, 'sqlite', 'node_modules', 'better-sqlite3');
// Private by name, and the one place every require of every thread goes through.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return resolveFilename.call(this, request === 'better-sqlite3' ? saved : request, ...rest);
};

threads.Worker = class Worker extends threads.Worker {
  constructor(file, options = {}) {
    super(file, { ...options, execArgv: ['--require', __filename, ...(options.execArgv ?? [])] });
  }
};
Module.syncBuiltinESMExports();
