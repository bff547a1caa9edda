/** Window or terminal: what `npm start` does on a machine like this. */

export type StartPlan =
  | { readonly kind: 'window' }
  | { readonly kind: 'terminal'; /** One line for the user. */ readonly reason: string };

/** A display is assumed on Windows and macOS, and looked for in the environment everywhere else. */
export function planStart(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): StartPlan {
  if (platform === 'win32' || platform === 'darwin') return { kind: 'window' };
  if (env['DISPLAY'] || env['WAYLAND_DISPLAY']) return { kind: 'window' };
  return {
    kind: 'terminal',
    reason:
      'No display ($DISPLAY and $WAYLAND_DISPLAY are not set): running the sample list in the terminal instead of opening the window.',
  };
}

/** What Electron's stderr tells about a window that never came up. */
export type WindowFailure = 'no_display' | 'no_sandbox';

/** Recognises the two ways in which Chromium gives up before any of our code runs. */
export function failureIn(line: string): WindowFailure | null {
  if (/Missing X server or \$DISPLAY|cannot open display|Failed to connect to Wayland/i.test(line)) {
    return 'no_display';
  }
  return /SUID sandbox helper|No usable sandbox!/.test(line) ? 'no_sandbox' : null;
}

/** Lines that Chromium prints on machines without a desktop or GPU and that mean nothing to anybody. */
export function isNoise(line: string): boolean {
  // [pid:date/time:ERROR:file.cc(123)] message, with or without the parts
  const source = /^\[\d+:[^\]]*?:(?:ERROR|WARNING|INFO):([\w./]+)(?:\(\d+\)|:\d+)\]/.exec(line)?.[1];
  if (source !== undefined) return NOISY_SOURCES.test(source) || /\bdbus\b/i.test(line);
  return /^(?:libva|MESA|libGL|vaInitialize|Failed to (?:load|connect to) (?:module|the bus))\b/.test(line);
}

const NOISY_SOURCES =
  /(?:^|\/)(?:bus|object_proxy|viz_main_impl|gpu_\w+|gl_\w+|gles2_\w+|angle_\w+|vaapi_\w+|vulkan_\w+|command_buffer_\w+|shared_image_\w+|one_copy_\w+|x11_util|egl_util|display)\.cc$/;

/** Whole lines out of a stream of chunks; the rest comes with `end`. */
export function lineSplitter(onLine: (line: string) => void): {
  push(chunk: string): void;
  end(): void;
} {
  let rest = '';
  return {
    push(chunk) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    },
    end() {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
