/** The window's locks, seen from inside a page as an attacker would. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inMain, launchApp, type LaunchedApp } from '../harness/electronApp.ts';

let launched: LaunchedApp;
beforeAll(async () => {
  launched = await launchApp();
});
afterAll(() => launched.close());

describe('the window', () => {
  it('has neither Node nor Electron, and only the contract', async () => {
    const seen = await launched.page.evaluate(() => ({
      require: typeof (globalThis as Record<string, unknown>).require,
      process: typeof (globalThis as Record<string, unknown>).process,
      api: Object.keys((globalThis as unknown as { api: object }).api).length,
      frozen: (() => {
        try {
          (globalThis as unknown as { api: Record<string, unknown> }).api.runs = () => 'replaced';
        } catch {
          // Refusing loudly is as good as refusing silently.
        }
        return String((globalThis as unknown as { api: Record<string, unknown> }).api.runs).includes(
          'replaced',
        );
      })(),
    }));
    expect(seen).toMatchObject({ require: 'undefined', process: 'undefined', frozen: false });
    expect(seen.api).toBeGreaterThan(20);
  });

  it('runs sandboxed and isolated', async () => {
    const preferences = await inMain(launched.app, ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      const { sandbox, contextIsolation, nodeIntegration, webSecurity } = contents.getLastWebPreferences();
      return { sandbox, contextIsolation, nodeIntegration, webSecurity };
    });
    expect(preferences).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    });
  });

  it('refuses eval, inline scripts and the network', async () => {
    const { page } = launched;
    const blocked = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) =>
        violations.push(event.effectiveDirective),
      );
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.head.append(script);
      const fetched = await fetch('http://127.0.0.1:9/').then(
        () => 'reached',
        () => 'refused',
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { violations, fetched, injected: 'injected' in window };
    });
    expect(blocked.injected).toBe(false);
    expect(blocked.fetched).toBe('refused');
    expect(blocked.violations.some((directive) => directive.startsWith('script-src'))).toBe(true);
    expect(blocked.violations).toContain('connect-src');
  });

  it('goes nowhere else and opens no other window', async () => {
    const { page, app } = launched;
    const before = page.url();
    await page.evaluate(() => {
      location.href = 'https://example.invalid/';
      window.open('about:blank');
    });
    await page.waitForTimeout(300);
    expect(page.url()).toBe(before);
    expect(app.windows().length).toBe(1);
  });

  it('gets an error with code and message for input that does not fit the contract', async () => {
    const error = await launched.page.evaluate(async () => {
      const api = (window as unknown as { api: Record<string, (input: unknown) => Promise<unknown>> }).api;
      return api.trace!({ traceId: '../../etc/passwd' }).then(
        () => null,
        (thrown: unknown) => thrown as { code: string; message: string },
      );
    });
    expect(error).toMatchObject({ code: 'bad_input' });
    expect(error?.message).toContain('traceId');
  });
});
