import './health.css';
import { useCallback } from 'react';
import type { ReceiverStatus } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { formatWhen } from '../../derive/clock.ts';
import { askHealth } from '../../store/insightCommands.ts';
import type { Health } from '../../store/insightCommands.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Stat } from '../../ui/Stat.tsx';
import { FigureArea } from './FigureArea.tsx';
import { exporterFindings, receiverFindings, recordingFindings, storeFindings } from './healthFigures.ts';
import { HealthExporters } from './HealthExporters.tsx';
import { HealthFindings } from './HealthFindings.tsx';
import { HealthRecording } from './HealthRecording.tsx';
import { HealthStore } from './HealthStore.tsx';
import { useFigures } from './useFigures.ts';

/** The program's own figures about its telemetry: what it recorded and what became of it. */
export function HealthTab() {
  const figures = useFigures(useCallback(() => askHealth(), []));
  return (
    <FigureArea what="The self-check" figures={figures}>
      {(health) => <HealthSections {...health} />}
    </FigureArea>
  );
}

function HealthSections({ telemetry, store, receiver }: Health) {
  const findings = [
    ...recordingFindings(telemetry),
    ...exporterFindings(telemetry.exporters),
    ...storeFindings(store),
    ...receiverFindings(receiver),
  ];
  return (
    <div className="insight-pad health">
      <HealthFindings findings={findings} />
      <HealthRecording telemetry={telemetry} />
      <HealthStore store={store} />
      <HealthExporters exporters={telemetry.exporters} />
      <Receiver receiver={receiver} />
    </div>
  );
}

const STATES = { off: 'off', listening: 'listening', failed: 'failed' } as const;
const TONES = { off: 'neutral', listening: 'good', failed: 'bad' } as const;

function Receiver({ receiver }: { readonly receiver: ReceiverStatus }) {
  const { http, grpc, requests, spans, logs, metricPoints, rejected, lastMs, hasToken } = receiver;
  const isOff = http.state === 'off' && grpc.state === 'off';
  return (
    <section className="figure-section" aria-label="Receiver">
      <h3 className="row row-wrap">
        Receiver
        {[['HTTP', http] as const, ['gRPC', grpc] as const].map(([name, { state, url }]) => (
          <Badge key={name} tone={TONES[state]}>
            {name} {url ?? STATES[state]}
          </Badge>
        ))}
        {!isOff && (
          <span className="faint small">
            {hasToken ? 'asks for a token' : 'open to programs of this machine'}
          </span>
        )}
      </h3>
      {isOff && requests === 0 ? (
        <p className="muted">
          Off. Under Settings, Receiver, it takes traces, metrics and logs of other programs (OTLP).
        </p>
      ) : (
        <dl className="stats">
          <Stat label="Requests" value={formatCount(requests)} />
          <Stat label="Spans" value={formatCount(spans)} />
          <Stat label="Log records" value={formatCount(logs)} />
          <Stat label="Metric points" value={formatCount(metricPoints)} />
          <Stat label="Not taken" value={formatCount(rejected)} tone={rejected > 0 ? 'warn' : undefined} />
          <Stat label="Last" value={lastMs === null ? '–' : formatWhen(lastMs)} />
        </dl>
      )}
    </section>
  );
}
