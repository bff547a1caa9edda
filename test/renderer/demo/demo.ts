/**
 * Runs the renderer in any browser against the scripted main process. `?empty` starts with nothing, `?big=100000` has a
 * trace of about so many spans, whose id is all f.
 */
import './browserBuffer.ts';
import type { Api } from '../../../shared/ipc.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';
import { createFakeApi } from '../fakeApi.ts';

const question = new URLSearchParams(location.search);
Object.assign(window, {
  api: createFakeApi({
    empty: question.has('empty'),
    rows: Number(question.get('rows') ?? 64),
    rowMs: Number(question.get('rowMs') ?? 220),
  }),
});
const big = Number(question.get('big') ?? 0);
if (big > 0) {
  const traceId = 'f'.repeat(32);
  const bytes = encodeSpans(syntheticTrace({ items: Math.ceil(big / 10), traceId }));
  const { api } = window as unknown as { api: Api };
  const trace: Api['trace'] = async (ref) => (ref.traceId === traceId ? bytes.slice() : api.trace(ref));
  Object.assign(window, { api: { ...api, trace } });
}
await import('../../../renderer/main.tsx');
const { openLink } = await import('../../../renderer/store/links.ts');
Object.assign(window, { openLink });
