/** How other programs are told to send to the receiver: ready to be pasted. */
import type { ReceiverStatus } from '../../shared/traceQuery.ts';

export const SENDERS = ['any', 'node', 'python', 'go', 'java', 'dotnet', 'collector'] as const;
export type Sender = (typeof SENDERS)[number];
export const SENDER_LABELS: Readonly<Record<Sender, string>> = {
  any: 'Any SDK',
  node: 'Node.js',
  python: 'Python',
  go: 'Go',
  java: 'Java',
  dotnet: '.NET',
  collector: 'Collector',
};

type Doors = Pick<ReceiverStatus, 'http' | 'grpc' | 'hasToken'>;

/** `null` while nothing listens. The token itself is not in it: nobody but the system knows it. */
export function snippetFor(sender: Sender, { http, grpc, hasToken }: Doors): string | null {
  const isHttp = http.url !== null;
  const url = http.url ?? grpc.url;
  if (url === null) return null;
  if (sender === 'collector') return collectorSnippet(url, isHttp, hasToken);
  const lines = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
    `export OTEL_EXPORTER_OTLP_PROTOCOL=${isHttp ? 'http/protobuf' : 'grpc'}`,
    ...(hasToken ? ['export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20YOUR-TOKEN"'] : []),
    'export OTEL_SERVICE_NAME=my-program',
  ];
  return [...lines, ...STARTS[sender](isHttp)].join('\n');
}

const STARTS: Readonly<Record<Exclude<Sender, 'collector'>, (isHttp: boolean) => readonly string[]>> = {
  any: () => [],
  node: () => [
    'npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node',
    'node --require @opentelemetry/auto-instrumentations-node/register app.js',
  ],
  python: () => [
    'pip install opentelemetry-distro opentelemetry-exporter-otlp',
    'opentelemetry-bootstrap -a install',
    'opentelemetry-instrument python app.py',
  ],
  go: (isHttp) => [
    `# in the program: ${isHttp ? 'otlptracehttp' : 'otlptracegrpc'}.New(ctx) reads the endpoint above`,
    'go run .',
  ],
  java: () => ['java -javaagent:opentelemetry-javaagent.jar -jar app.jar'],
  dotnet: () => ['# in the program: builder.Services.AddOpenTelemetry().UseOtlpExporter()', 'dotnet run'],
};

function collectorSnippet(url: string, isHttp: boolean, hasToken: boolean): string {
  const name = isHttp ? 'otlphttp/tracedeck' : 'otlp/tracedeck';
  return [
    'exporters:',
    `  ${name}:`,
    `    endpoint: ${isHttp ? url : url.replace('http://', '')}`,
    ...(isHttp ? [] : ['    tls: { insecure: true }']),
    ...(hasToken ? ['    headers: { authorization: "Bearer ${env:TRACEDECK_TOKEN}" }'] : []),
    'service:',
    '  pipelines:',
    ...['traces', 'logs', 'metrics'].map(
      (signal) => `    ${signal}: { receivers: [otlp], exporters: [${name}] }`,
    ),
  ].join('\n');
}
