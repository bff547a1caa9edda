/** How our windows look to the system, and the locks on them: no navigation, no pop-ups, no permissions. */
import { BrowserWindow, nativeTheme, session, shell } from 'electron';

export type WindowFiles = { readonly preload: string; readonly pageUrl: string };

const PAINT_LIMIT_MS = 500;
const BACKGROUND = { light: '#f7f7f5', dark: '#15171a' } as const;

/**
 * Opens a window on the app's page. The renderer is sandboxed, isolated from the preload script's world and
 * without Node; it reaches the program only through the contract.
 */
export function openWindow(files: WindowFiles): BrowserWindow {
  const window = createWindow(files.preload);
  void window.loadURL(files.pageUrl);
  return window;
}

/** The window without its page: Chromium starts the page's process meanwhile. */
export function createWindow(preload: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 720,
    minHeight: 480,
    title: 'Tracedeck',
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
      // A run's trace keeps growing while the window is covered.
      backgroundThrottling: false,
    },
  });
  window.setMenuBarVisibility(false);
  window.once('ready-to-show', () => window.show());
  // A reload is the page's own way out of a fault; everything else is somewhere else.
  window.webContents.on('will-navigate', (event) => {
    if (event.url !== window.webContents.getURL()) event.preventDefault();
  });
  window.webContents.on('will-attach-webview', (event) => event.preventDefault());
  window.webContents.setWindowOpenHandler(({ url }) => {
    if (/^https?:/.test(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
  return window;
}

/** Until the page was painted for the first time, or nothing says so although it has loaded or failed. */
export function firstPaint(window: BrowserWindow): Promise<void> {
  return new Promise((resolve) => {
    window.once('ready-to-show', () => resolve());
    window.webContents.once('did-stop-loading', () => setTimeout(resolve, PAINT_LIMIT_MS));
  });
}

/** Refuses every permission a page could ask for, for all windows of the default session. */
export function lockSession(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
}
