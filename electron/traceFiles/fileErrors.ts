/** What is wrong with a file, in words. */
import { TracedeckError } from '../errors/tracedeckError.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'its permissions do not allow it',
  EPERM: 'its permissions do not allow it',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full',
  EDQUOT: 'no more room is granted on the disk',
  EBUSY: 'another program has it open',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
};

/** Why the system refused a file. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('Z_')) return `it is damaged, or cut off (${error.message})`;
  return REASONS[code] ?? error.message;
}

export function largeFile(path: string, reason: string): TracedeckError {
  return new TracedeckError('user', 'file_too_large', `${path} cannot be read: ${reason}.`, {
    hint: 'Export it as OTLP JSON lines, which can be of any size, or in several files.',
  });
}

export function unknownFile(path: string, why = 'holds no traces that are known here'): TracedeckError {
  return new TracedeckError('user', 'file_unknown', `${path} ${why}.`, {
    hint: 'Read are: OTLP (JSON, JSON lines, protobuf), Jaeger JSON, Chrome trace events and Zipkin JSON v2, each also as .gz.',
  });
}
