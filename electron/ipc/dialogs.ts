/** The system's file dialogs, over the window that asks. */
import { BrowserWindow, dialog, type OpenDialogOptions, type SaveDialogOptions } from 'electron';

/** All chosen paths; none when the user cancels. */
export async function askForPaths(options: OpenDialogOptions): Promise<readonly string[]> {
  const parent = BrowserWindow.getFocusedWindow();
  const chosen = parent ? await dialog.showOpenDialog(parent, options) : await dialog.showOpenDialog(options);
  return chosen.filePaths;
}

/** The first chosen path; `null` when the user cancels. */
export async function askForPath(options: OpenDialogOptions): Promise<string | null> {
  return (await askForPaths(options))[0] ?? null;
}

/** Where to write; `null` when the user cancels. */
export async function askWhereTo(options: SaveDialogOptions): Promise<string | null> {
  const parent = BrowserWindow.getFocusedWindow();
  const chosen = parent ? await dialog.showSaveDialog(parent, options) : await dialog.showSaveDialog(options);
  return chosen.canceled || chosen.filePath === '' ? null : chosen.filePath;
}
