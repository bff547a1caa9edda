/**
 * The app inside the registry's Electron: this copy has no default app that would understand a path, so the
 * project comes in through the environment. After this file everything is as if `electron <project>` had run.
 */
const { app, utilityProcess } = require('electron');
const { join, resolve } = require('node:path');
require('./sqliteHook.cjs');

// A process of its own has module loading of its own as well.
const { fork } = utilityProcess;
utilityProcess.fork = (file, args = [], options = {}) =>
  fork(join(__dirname, 'utilityBoot.cjs'), [file, ...args], options);

const projectRoot = process.env.TRACEDECK_PROJECT_ROOT;
if (!projectRoot) {
  console.error('This Electron runs the project named by TRACEDECK_PROJECT_ROOT, which is not set.');
  app.exit(2);
} else {
  const manifest = require(join(projectRoot, 'package.json'));
  app.setName(manifest.productName ?? manifest.name);
  app.setVersion(manifest.version);
  app.setAppPath(projectRoot);
  require(resolve(projectRoot, manifest.main));
}
