/** Who may send: programs on this machine, with the token where there is one; no pages of a browser. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ReceiverAccess } from './receiverMessages.ts';
import { Refusal } from './refusal.ts';

/** Names under which this machine calls itself: any other name was made to point here by somebody else. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** @throws Refusal for a request under a foreign name: a page whose name points here sends such ones */
export function checkHost(host: string | undefined): void {
  if (host === undefined || !LOOPBACK_HOST.test(host))
    throw new Refusal('forbidden', 'Only requests to localhost, 127.0.0.1 or [::1] are taken.');
}

/** @throws Refusal for a request that a page made: browsers say so themselves, and pages cannot take it back */
export function checkNoPage(headers: Readonly<Record<string, unknown>>): void {
  if (headers['origin'] !== undefined || headers['sec-fetch-site'] !== undefined)
    throw new Refusal('forbidden', 'Requests of web pages are not taken. Send through a program.');
}

/**
 * Takes as long for a wrong token as for the right one.
 * @throws Refusal
 */
export function checkToken(authorization: string | undefined, { token, isLocked }: ReceiverAccess): void {
  if (isLocked) {
    throw new Refusal(
      'unauthorised',
      'The token of the receiver cannot be read on this machine: set it again in the settings of Tracedeck.',
    );
  }
  if (token === null) return;
  const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined || !timingSafeEqual(digest(given), digest(token)))
    throw new Refusal(
      'unauthorised',
      given === undefined
        ? 'A token is needed: send the header "authorization: Bearer …".'
        : 'This is not the token that is set in Tracedeck.',
    );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
