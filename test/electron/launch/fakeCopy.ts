/** A tiny package of the same shape as the registry's Electron, packed for real. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { Zippable } from 'fflate';
import type { RegistryCopy } from '../../../electron/launch/registryElectron.ts';
import { tempFolder } from './tempFolder.ts';

const UNIX = 3;
const bytes = (text: string) => new TextEncoder().encode(text);
const file = (text: string, mode: number): Zippable[string] => [
  bytes(text),
  { os: UNIX, attrs: (0o100000 | mode) * 0x10000 },
];

const FAKE_FILES: Zippable = {
  'Cypress/Cypress': file('#!/bin/sh\n'.padEnd(300_000, '# executable\n'), 0o755),
  'Cypress/libEGL.so': file('library', 0o644),
  'Cypress/browser_v8_context_snapshot.bin': file('snapshot', 0o644),
  'Cypress/resources/app/index.js': file('the other app', 0o644),
  'Cypress/resources/app/node_modules/better-sqlite3/package.json': file('{"version":"11.5.0"}', 0o644),
  'Cypress/resources/app/node_modules/better-sqlite3/node_modules/rc/index.js': file('unused', 0o644),
  'Cypress/resources/app/node_modules/bindings/bindings.js': file('bindings', 0o644),
  'Cypress/resources/app/node_modules/file-uri-to-path/index.js': file('uri', 0o644),
  'Cypress/resources/app/node_modules/express/index.js': file('unused', 0o644),
};

/** Writes zip and tarball into a fresh folder. */
export function packFakeCopy(files: Zippable = FAKE_FILES): {
  copy: RegistryCopy;
  tarball: string;
  zip: string;
} {
  const folder = tempFolder();
  mkdirSync(join(folder, 'package'));
  const zip = join(folder, 'package', 'App.zip');
  writeFileSync(zip, zipSync(files));
  const tarball = join(folder, 'copy.tgz');
  execFileSync('tar', ['-czf', tarball, '-C', folder, 'package']);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  const copy = {
    name: '@fake/electron',
    version: '1.0.0',
    integrity,
    archive: 'App.zip',
    electron: '33.2.1',
  };
  return { copy, tarball, zip };
}
