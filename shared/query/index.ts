/** All of the query language that a window needs, in one piece to be loaded when it is first asked for. */
export { completions } from './completions.ts';
export { formatQuery } from './formatQuery.ts';
export { highlight } from './highlight.ts';
export { readRule, spanNoise, traceNoise } from './noise.ts';
export { narrowQuery } from './narrow.ts';
export { parseQuery } from './parseQuery.ts';
export { unknownFields, unknownFieldText } from './unknownFields.ts';
