import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileContent } from '../../../renderer/derive/fileContent.ts';

const bytesOf = (content: string | Uint8Array) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;
const contentOf = (content: string | Uint8Array, name = 'file') =>
  fileContent({ name, head: bytesOf(content), tail: bytesOf(content) });

it.each([
  ['OTLP', '{"resourceSpans":[{"resource":{}}]}'],
  ['OTLP lines', '{"resourceLogs":[]}\n{"resourceMetrics":[]}\n'],
  ['an answer of Tempo', '{"batches":[{"scopeSpans":[]}]}'],
  ['an answer of Jaeger', '{\n  "data": [ { "traceID": "1", "spans": [] } ]\n}'],
  ['Chrome events', '{"metadata":{"a":"}"},"traceEvents":[]}'],
  ['a list of Chrome events', '[{"name":"a","ph":"X","args":{"front":1}}]'],
  ['Zipkin spans, even with a tag that cards have', '[[{"traceId":"1","id":"2","tags":{"front":"x"}}]]'],
  ['OTLP in protobuf', new Uint8Array([0x0a, 0x85, 0x01, 0x0a, 0x00, 0x12])],
])('knows %s for traces', (_name, content) => {
  expect(contentOf(content, 'no-name-for-it.txt.data')).toBe('traces');
});

it.each([
  ['our JSON, with the trace that made a card', '[{"noteId":"1","front":"a","origin":{"traceId":"2"}}]'],
  ["text with Anki's header lines", '#separator:tab\n#html:true\na\tb\n'],
  ['a package', 'PK\u0003\u0004 collection.anki21b'],
])('knows %s for cards', (_name, content) => {
  expect(contentOf(content)).toBe('cards');
});

it.each([
  ['a table', 'term,meaning\n사과,apple\n'],
  ['a table in UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0x00, 0x2c, 0x00, 0x62, 0x00])],
  ['words that begin with a bracket', '[noun] apple\n{verb} go\n'],
  ['notes', '# Chapter\n\n- a point\n'],
  ['a PDF document', '%PDF-1.7\n'],
  ['a book', 'PK\u0003\u0004mimetypeapplication/epub+zip'],
])('knows %s for something to make cards of', (_name, content) => {
  expect(contentOf(content)).toBe('source');
});

it.each([
  ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 'words.csv'],
  ['an archive of something else', 'PK\u0003\u0004xl/workbook.xml', 'list.xlsx'],
  ['JSON of somebody else', '{ "data": [] }', 'other.json'],
  ['nothing', '', 'empty.csv'],
])('takes %s for none of these', (_name, content, name) => {
  expect(contentOf(content, name)).toBe(null);
});

it('knows the example files', async () => {
  const example = async (name: string) =>
    contentOf(await readFile(join(import.meta.dirname, '../../../examples', name)), name);
  expect(await example('trace-of-a-shop.json')).toBe('traces');
  expect(await example('korean-sample.csv')).toBe('source');
  expect(await example('notes-sample.md')).toBe('source');
});
