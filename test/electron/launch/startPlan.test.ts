import { describe, expect, it } from 'vitest';
import { electronCommand } from '../../../electron/launch/electronCommand.ts';
import type { ResolvedElectron } from '../../../electron/launch/resolveElectron.ts';
import { failureIn, isNoise, lineSplitter, planStart } from '../../../electron/launch/startPlan.ts';

describe('window or terminal', () => {
  it.each<[NodeJS.Platform, Record<string, string>, 'window' | 'terminal']>([
    ['linux', {}, 'terminal'],
    ['linux', { DISPLAY: '' }, 'terminal'],
    ['linux', { DISPLAY: ':0' }, 'window'],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 'window'],
    ['freebsd', {}, 'terminal'],
    ['darwin', {}, 'window'],
    ['win32', {}, 'window'],
  ])('on %s with %j it is the %s', (platform, env, kind) => {
    expect(planStart(platform, env).kind).toBe(kind);
  });

  it('says in one line why it is the terminal', () => {
    const plan = planStart('linux', {});
    expect(plan.kind === 'terminal' && plan.reason).toMatch(/^No display .+\.$/);
  });
});

describe('the command line', () => {
  const official: ResolvedElectron = {
    executable: '/e/electron',
    dist: '/e',
    version: '45.4.1',
    source: 'official',
    note: null,
    rootEnvName: null,
  };
  const registry: ResolvedElectron = { ...official, source: 'registry', note: 'why', rootEnvName: 'ROOT' };
  const request = { projectRoot: '/p', args: ['--x'], env: { DISPLAY: ':0' }, platform: 'linux' as const };

  it.each<[string, NodeJS.Platform, boolean, boolean]>([
    ['as root on Linux it goes without the sandbox', 'linux', true, true],
    ['as anybody else it does not', 'linux', false, false],
    ['on macOS root changes nothing', 'darwin', true, false],
  ])('%s', (_what, platform, isRoot, noSandbox) => {
    const command = electronCommand(official, { ...request, platform, isRoot });
    expect(command).toMatchObject({ noSandbox, args: [...(noSandbox ? ['--no-sandbox'] : []), '/p', '--x'] });
  });

  it('names the project and the reason to another Electron through the environment', () => {
    const { args, env } = electronCommand(registry, { ...request, isRoot: false });
    expect(args).toEqual(['/p', '--x']);
    expect(env).toEqual({ DISPLAY: ':0', ROOT: '/p', TRACEDECK_ELECTRON_NOTE: 'why' });
  });

  it('asks for Wayland where there is nothing else, and never runs Electron as a plain Node', () => {
    const env = { WAYLAND_DISPLAY: 'wayland-0', ELECTRON_RUN_AS_NODE: '1' };
    const command = electronCommand(official, { ...request, env, isRoot: false });
    expect(command.args).toContain('--ozone-platform-hint=auto');
    expect(command.env).toEqual({ WAYLAND_DISPLAY: 'wayland-0' });
  });
});

describe("Electron's stderr", () => {
  it.each([
    '[1234:1122/093000.123456:ERROR:bus.cc(407)] Failed to connect to the bus: Failed to connect to socket /run/dbus/system_bus_socket',
    '[1234:1122/093000.123456:ERROR:object_proxy.cc(576)] Failed to call method: org.freedesktop.DBus.NameHasOwner',
    '[1234:1122/093000.123456:ERROR:dbus/bus.cc:408] Failed to connect to the bus',
    '[1234:1122/093000.123456:ERROR:viz_main_impl.cc(185)] Exiting GPU process due to errors during initialization',
    '[1234:1122/093000.123456:WARNING:gpu_process_host.cc(1400)] The GPU process has crashed 1 time(s)',
  ])('drops %s', (line) => {
    expect(isNoise(line)).toBe(true);
  });

  it.each([
    'Error: Cannot find module ./main.cjs',
    'TypeError: db.bus is not a function',
    '[1234:1122/093000.123456:ERROR:CONSOLE(12)] "Uncaught TypeError", source: file:///x.js (12)',
    "[1234:1122/093000.123456:FATAL:gpu_data_manager_impl_private.cc(448)] GPU process isn't usable. Goodbye.",
    '[1234:1122/093000.123456:ERROR:network_service_instance_impl.cc(599)] Network service crashed',
    '',
  ])('keeps %s', (line) => {
    expect(isNoise(line)).toBe(false);
  });

  it('recognises a display and a sandbox that cannot be had', () => {
    expect([
      failureIn('[1:2/3.4:ERROR:ozone_platform_x11.cc(246)] Missing X server or $DISPLAY'),
      failureIn('[1:2/3.4:FATAL:setuid_sandbox_host.cc(158)] The SUID sandbox helper binary was found, but'),
      failureIn('all is well'),
    ]).toEqual(['no_display', 'no_sandbox', null]);
  });

  it('is read line by line, however it is cut', () => {
    const lines: string[] = [];
    const splitter = lineSplitter((line) => lines.push(line));
    for (const chunk of ['on', 'e\ntw', 'o\n\nthr', 'ee']) splitter.push(chunk);
    splitter.end();
    expect(lines).toEqual(['one', 'two', '', 'three']);
  });
});
