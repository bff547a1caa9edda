/** Runs the renderer in any browser against the scripted main process. `?empty` starts with nothing. */
import { createFakeApi } from '../fakeApi.ts';

const question = new URLSearchParams(location.search);
Object.assign(window, {
  api: createFakeApi({
    empty: question.has('empty'),
    rows: Number(question.get('rows') ?? 64),
    rowMs: Number(question.get('rowMs') ?? 220),
  }),
});
await import('../../../renderer/main.tsx');
