/** A utility process of the registry's Electron: the hook first, then the file that was meant. */
require('./sqliteHook.cjs');

const [file] = process.argv.splice(2, 1);
require(file);
