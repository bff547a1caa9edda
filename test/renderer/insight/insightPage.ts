/** The whole window in a browser, with made-up figures. `?route=` says where it begins, `?empty` that there are none. */
import '../demo/browserBuffer.ts';
import type { Api } from '../../../shared/ipc.ts';
import { createFakeApi } from '../fakeApi.ts';
import { fakeInsight } from './fakeInsight.ts';

const question = new URLSearchParams(location.search);
const isEmpty = question.has('empty');
const api: Api = createFakeApi({ empty: isEmpty });
const NOW_MS = Date.parse('2026-05-05T12:00:00Z');
Object.assign(window, { api: isEmpty ? api : { ...api, ...fakeInsight(NOW_MS) } });
await import('../../../renderer/main.tsx');
const { getState } = await import('../../../renderer/store/index.ts');
Object.assign(window, { getState });
