import { describe, expect, it } from 'vitest';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { createRedactor } from '../../../shared/redact.ts';
import { initTelemetry, recordedSpans } from '../../../electron/telemetry/index.ts';
import type { Telemetry } from '../../../electron/telemetry/index.ts';
import { spanNamed, startTelemetry } from './startTelemetry.ts';

describe('redaction', () => {
  const KEY = 'sk-proj-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA';
  const canaries: readonly (readonly [what: string, text: string, secret: string])[] = [
    ['a bearer token', `authorization: Bearer ${KEY}`, KEY],
    ['a basic login', 'Authorization: Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA'],
    ['a key in JSON', '{"api_key":"0123456789abcdef-canary"}', '0123456789abcdef-canary'],
    ['a header of its own', 'x-api-key: canary-value-1', 'canary-value-1'],
    ['a key in a query', 'GET https://host/v1/models?key=canary-value-2&x=1', 'canary-value-2'],
    ['a login in a URL', 'https://somebody:canarypass@host/v1', 'canarypass'],
    ['a key in JSON in JSON', JSON.stringify({ body: '{"api_key": "canary-value-3"}' }), 'canary-value-3'],
    ['the second of two cookies', 'cookie: theme=dark; session=canary-value-4', 'canary-value-4'],
    ['a digest login', 'Authorization: Digest username="ann", response="canary-value-5"', 'canary-value-5'],
    ['a passphrase', 'passphrase = canary-value-6', 'canary-value-6'],
    ['a secret key', 'AWS_SECRET_ACCESS_KEY=canary+value/7', 'canary+value/7'],
    ['a password with a backslash', 'password: "canary\\value-8"', 'value-8'],
    ['an access key', 'SharedAccessKey=canary-value-10;EntityPath=x', 'canary-value-10'],
    ['a variable', "OPENAI_KEY='canary-value-11' npm start", 'canary-value-11'],
    ['a signed address', 'https://host/x?X-Amz-Signature=canary12&X-Amz-Date=1', 'canary12'],
    ['a password with an at sign', 'postgres://me:can@ary13@host/words', 'ary13'],
    [
      'a private key',
      '-----BEGIN RSA PRIVATE KEY-----\nMIIEcanary14\n-----END RSA PRIVATE KEY-----',
      'canary14',
    ],
    ['the beginning of a private key', '-----BEGIN PRIVATE KEY-----\\nMIIEcanary15', 'canary15'],
    ['a Stripe key', 'sk_live_canary16canary16', 'canary16'],
    ['a bare key', `the server said ${KEY} is wrong`, KEY],
    ['a Google key', 'AIzaSyA1234567890abcdefghijklmnopqrstuv', 'AIzaSyA1234567890'],
    ['a GitHub token', 'ghp_0123456789abcdefABCDEF0123456789abcd', 'ghp_0123456789'],
    ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl', 'eyJzdWIiOiIxMjM0In0'],
  ];

  it.each(canaries)('keeps %s out of spans and logs', (_what, text, secret) => {
    const telemetry = startTelemetry();
    const found = JSON.stringify([...everythingFrom(telemetry, text)]);
    expect(found).not.toContain(secret);
    expect(found).toContain('[redacted]');
  });

  it('takes a secret out of what is held already when it is told of it', () => {
    const telemetry = startTelemetry({ baggageAttributes: ['note'] });
    const texts = ['the late secret', 'again the late secret'];
    const row = telemetry.component('cache').operation(texts[0]!, { attributes: { text: texts[1]! } });
    const addRows = () => {
      row.end(row.begin());
      row.fail(row.begin(), texts[0]!);
    };
    telemetry.withSpan('rows', () => telemetry.baggage.with({ note: texts[0]! }, addRows));
    telemetry.withSpan(texts[0]!, (span) => {
      span.setAll({ one: texts[1]!, many: texts });
      span.addEvent('event', { text: texts[1]! });
      span.fail('failed', texts[1]);
      telemetry.logger.info(texts[0]!, { many: texts });
    });
    const before = telemetry.spans.memory().textBytes;
    telemetry.protectSecret('late secret');
    expect(JSON.stringify(recordedSpans(telemetry))).not.toContain('late');
    expect(telemetry.logger.recent(null, 1)[0]).toMatchObject({
      message: 'the [redacted]',
      attributes: { many: ['the [redacted]', 'again the [redacted]'] },
    });
    expect(telemetry.spans.memory().textBytes).toBeLessThanOrEqual(before);
    // The same texts again find what is held, redacted.
    telemetry.withSpan('rows', () => telemetry.baggage.with({ note: texts[0]! }, addRows));
    telemetry.withSpan(texts[0]!, (span) => span.set('one', texts[1]!));
    expect(JSON.stringify(recordedSpans(telemetry))).not.toContain('late');
    expect(telemetry.component('cache').counts().rows).toBe(4);
  });

  it('keeps out a secret that it was told of, whatever it looks like', () => {
    const telemetry = startTelemetry();
    telemetry.protectSecret('plain words/secret');
    const text = 'before plain words/secret after plain%20words%2Fsecret';
    expect(JSON.stringify([...everythingFrom(telemetry, text)])).not.toMatch(/plain.words/);
  });

  it('replaces whatever stands under the name of a secret, and leaves token counts alone', () => {
    const telemetry = startTelemetry();
    const attributes = {
      authorization: 'x',
      'server.api_key': 'short',
      openaiApiKey: 'x',
      'x-auth-token': 'x',
      aws_secret_access_key: 'x',
      userSessionToken: 'x',
      token: 'x',
      'db.pwd': 'x',
      'gen_ai.token.type': 'input',
      'gen_ai.server.time_to_first_token': 0.2,
      eos_token: '</s>',
      'gen_ai.usage.input_tokens': 12,
    };
    telemetry.withSpan('call', { attributes }, () => telemetry.logger.info('m', attributes));
    const expected = {
      authorization: '[redacted]',
      'server.api_key': '[redacted]',
      openaiApiKey: '[redacted]',
      'x-auth-token': '[redacted]',
      aws_secret_access_key: '[redacted]',
      userSessionToken: '[redacted]',
      token: '[redacted]',
      'db.pwd': '[redacted]',
      'gen_ai.token.type': 'input',
      'gen_ai.server.time_to_first_token': 0.2,
      eos_token: '</s>',
      'gen_ai.usage.input_tokens': 12,
    };
    expect(spanNamed(telemetry, 'call').attributes).toStrictEqual(expected);
    expect(telemetry.logger.recent(null, 1)[0]!.attributes).toStrictEqual(expected);
  });

  it('keeps secrets out of what is said of the program and of its instruments', async () => {
    const telemetry = initTelemetry({
      version: '1',
      resource: { note: `run with ${KEY}`, 'vault.api_key': 'canary-value-9', team: 'words' },
    });
    telemetry.metrics.counter('words', { description: `For ${KEY}.` }).add(1);
    telemetry.metrics
      .meter('library')
      .createCounter('calls', { description: `By ${KEY}.` })
      .add(1);
    const collected = await telemetry.metrics.collect();
    expect(telemetry.resource).toMatchObject({
      note: 'run with [redacted]',
      'vault.api_key': '[redacted]',
      team: 'words',
    });
    expect(collected.map(({ description }) => description)).toStrictEqual([
      'For [redacted].',
      'By [redacted].',
    ]);
  });

  it('leaves no half of a secret where a long text is cut', () => {
    const telemetry = startTelemetry();
    telemetry.protectSecret('canary-1234567890');
    for (const length of [8180, 8192, 16_370, 16_384, 32_750, 32_768]) {
      const text = `${'x '.repeat(length / 2 - 4)}canary-1234567890 and more`;
      expect(JSON.stringify([...everythingFrom(telemetry, text)])).not.toContain('canary');
    }
  });

  it('is done with any text soon, however long it is', () => {
    // A pattern that may begin anywhere and go on to the end takes hours for one of these, and the test its timeout.
    const { text } = createRedactor();
    const key = '-----BEGIN PRIVATE KEY-----';
    for (const piece of [
      key,
      'a.',
      'eyJ-',
      'a-',
      'bearer ',
      'password ',
      '://:',
      'cookie',
      'sk-',
      'x:',
      '?a',
      'A_',
      'a://b:',
    ]) {
      expect(text(piece.repeat(10_000_000)).length).toBeLessThanOrEqual(16_384);
    }
  });

  it('leaves ordinary text as it is', () => {
    const telemetry = startTelemetry();
    const text =
      'Row 12: 3 cards in deck Basics · https://127.0.0.1:11434/v1/chat/completions · task-list-of-things';
    telemetry.logger.info(text);
    expect(telemetry.logger.recent(null, 1)[0]!.message).toBe(text);
  });

  function* everythingFrom(telemetry: Telemetry, text: string) {
    const error = new TracedeckError('permanent', 'bad_request', text);
    try {
      telemetry.withSpan(`name ${text}`, { attributes: { text, list: [text] } }, (span) => {
        span.addEvent(`event`, { text });
        telemetry.logger.error(text, { text, list: [text] });
        throw error;
      });
    } catch {
      // What counts is what was recorded of it.
    }
    yield* recordedSpans(telemetry);
    yield* telemetry.logger.recent(null, 100);
  }
});
