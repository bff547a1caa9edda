/** What can be wrong with Anki, in the user's words. Nothing here repeats a note. */
import { TracedeckError } from '../errors/tracedeckError.ts';

/** AnkiConnect's number in Anki's list of add-ons. */
const ADD_ON = '2055492159';

/** Worth waiting for: Anki may be closed, or busy with a question to its user. */
export function isOutage(thrown: unknown): boolean {
  return (
    thrown instanceof TracedeckError && thrown.category === 'transient' && thrown.code.startsWith('anki_')
  );
}

export function notRunning(url: string, errno: string): TracedeckError {
  return new TracedeckError('transient', 'anki_not_running', `Anki does not answer at ${url} (${errno}).`, {
    hint: `Start Anki. Its add-on AnkiConnect (${ADD_ON}) must be installed: Tools, Add-ons, Get Add-ons.`,
  });
}

export function tookTooLong(url: string, timeoutMs: number): TracedeckError {
  return new TracedeckError(
    'transient',
    'anki_timeout',
    `Anki at ${url} took longer than ${Math.round(timeoutMs / 1000)} s to answer.`,
    { hint: 'Look whether Anki asks something, or synchronises.' },
  );
}

export function brokenOff(url: string): TracedeckError {
  return new TracedeckError('transient', 'anki_not_running', `Anki at ${url} broke its answer off.`, {
    hint: 'It may have been closed. Start it again.',
  });
}

export function notAnki(url: string): TracedeckError {
  return new TracedeckError(
    'permanent',
    'anki_not_ankiconnect',
    `What answers at ${url} is not AnkiConnect.`,
    {
      hint: 'Another program may use its port: see the settings of the add-on, and the address in ours.',
    },
  );
}

export function tooOld(version: number): TracedeckError {
  return new TracedeckError(
    'permanent',
    'anki_connect_old',
    `This AnkiConnect speaks version ${version}; version 6 is needed.`,
    { hint: `Update the add-on ${ADD_ON} in Anki: Tools, Add-ons, Check for Updates.` },
  );
}

export function permissionDenied(): TracedeckError {
  return new TracedeckError('user', 'anki_permission_denied', 'Anki was asked and did not allow it.', {
    hint: 'Try again and answer Yes in Anki, or take this program off the ignored origins of AnkiConnect.',
  });
}

export function keyNeeded(): TracedeckError {
  return new TracedeckError('user', 'anki_key_needed', 'This AnkiConnect wants an API key.', {
    hint: 'Set TRACEDECK_ANKI_KEY to the apiKey in the settings of the add-on, or take it out there.',
  });
}

export function notetypeConflict(name: string, missing: readonly string[]): TracedeckError {
  return new TracedeckError(
    'user',
    'anki_notetype_conflict',
    `Anki has a notetype "${name}" without the fields ${missing.join(', ')}.`,
    {
      hint: 'Rename that notetype in Anki (Tools, Manage Note Types), and push again: ours is then made anew.',
    },
  );
}

/** What AnkiConnect says of a whole action. */
export function refusal(action: string, said: string): TracedeckError {
  if (/collection is not available|no profile/i.test(said)) {
    return new TracedeckError('transient', 'anki_no_profile', 'Anki runs, but no collection is open in it.', {
      hint: 'Choose a profile in Anki.',
    });
  }
  if (/valid api key/i.test(said)) return keyNeeded();
  if (/unsupported action/i.test(said)) {
    return new TracedeckError('permanent', 'anki_connect_old', `This AnkiConnect does not know ${action}.`, {
      hint: `Update the add-on ${ADD_ON} in Anki: Tools, Add-ons, Check for Updates.`,
    });
  }
  // May repeat what was sent; the cause is not shown.
  return new TracedeckError('permanent', 'anki_refused', `Anki refused ${action}.`, {
    cause: new Error(said),
  });
}
