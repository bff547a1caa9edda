/** `tracedeck://` links: opened from outside, and made of the place that the window shows. */
import { getApi } from '../api.ts';
import { linkOf, routeOf } from '../derive/link.ts';
import { copyToClipboard } from './clipboard.ts';
import { getState } from './index.ts';

/** Goes where a link leads; says so where it leads nowhere. */
export function openLink(url: string): void {
  const route = routeOf(url);
  if (route !== null) return getState().navigated(route);
  const hint = url.length <= 200 ? url : `${url.slice(0, 200)}…`;
  getState().toastAdded({ tone: 'bad', text: 'This link leads nowhere in this version.', hint });
}

/** Follows links for the life of the window, the one that the program was started with included. */
export function followLinks(): void {
  const api = getApi();
  api.onLinkOpened(({ url }) => openLink(url));
  // Without a link there is nothing to say.
  void api.startLink().then(
    (url) => url !== null && openLink(url),
    () => undefined,
  );
}

/** Puts a link to the place that is shown onto the clipboard. */
export const copyLink = (): Promise<void> => copyToClipboard(linkOf(getState().route), 'The link');
