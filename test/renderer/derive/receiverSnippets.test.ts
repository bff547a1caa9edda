import { describe, expect, it } from 'vitest';
import { SENDERS, snippetFor } from '../../../renderer/derive/receiverSnippets.ts';

const off = { state: 'off', url: null, fault: null } as const;
const at = (port: number) => ({ state: 'listening', url: `http://127.0.0.1:${port}`, fault: null }) as const;

describe('what to paste for the receiver', () => {
  it('is nothing while nothing listens', () => {
    for (const sender of SENDERS)
      expect(snippetFor(sender, { http: off, grpc: off, hasToken: false })).toBeNull();
  });

  it('names the address and the protocol that are there', () => {
    expect(snippetFor('any', { http: at(4318), grpc: at(4317), hasToken: false })).toBe(
      [
        'export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318',
        'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
        'export OTEL_SERVICE_NAME=my-program',
      ].join('\n'),
    );
    for (const sender of SENDERS) {
      const text = snippetFor(sender, { http: off, grpc: at(14_317), hasToken: true })!;
      expect(text).toContain('127.0.0.1:14317');
      expect(text).toContain(sender === 'collector' ? 'Bearer ${env:' : 'authorization=Bearer%20');
    }
  });
});
