import { useEffect, useState } from 'react';
import { STAGES } from '../../../shared/card.ts';
import type { CacheReport, CacheTierReport } from '../../../shared/run.ts';
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { STAGE_LABELS } from '../../derive/stageLabels.ts';
import { clearCache, loadCacheReport } from '../../store/commands.ts';
import { Button } from '../../ui/Button.tsx';
import { TableHead } from '../../ui/TableHead.tsx';

/** What the cache holds and what it did since the program started, by tier and stage. */
export function CacheContents() {
  const [report, setReport] = useState<CacheReport | null>(null);
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    void loadCacheReport().then((loaded) => loaded !== undefined && setReport(loaded));
  }, []);
  if (report === null) return null;

  async function clear() {
    setAsking(false);
    const left = await clearCache();
    if (left !== undefined) setReport(left);
  }

  const rows: [name: string, tier: CacheTierReport][] = [
    ['Memory', report.memory],
    ...STAGES.map(
      (stage) => [STAGE_LABELS[stage], report.byStage[stage].memory] as [string, CacheTierReport],
    ),
    ['Disk', report.disk],
    ...STAGES.map((stage) => [STAGE_LABELS[stage], report.byStage[stage].disk] as [string, CacheTierReport]),
  ];
  return (
    <div className="settings-wide stack">
      {report.degraded !== null && <p role="alert">{report.degraded}</p>}
      <div className="table-scroll">
        <table className="table" data-testid="cache-contents">
          <caption className="visually-hidden">What the cache holds, and what it did since the start</caption>
          <TableHead
            columns={['Tier and stage']}
            figures={['Answers', 'Size', 'Hits', 'Misses', 'Too old', 'Evicted', 'Tokens saved']}
          />
          <tbody>
            {rows.map(([name, tier], index) => (
              <tr key={`${index} ${name}`}>
                <td className={index % (STAGES.length + 1) === 0 ? '' : 'muted'}>
                  {index % (STAGES.length + 1) === 0 ? <strong>{name}</strong> : `· ${name}`}
                </td>
                <td className="right">{formatCount(tier.entries)}</td>
                <td className="right">{formatBytes(tier.bytes)}</td>
                <td className="right">{formatCount(tier.hits)}</td>
                <td className="right">{formatCount(tier.misses)}</td>
                <td className="right">{formatCount(tier.stale)}</td>
                <td className="right">{formatCount(tier.evictions)}</td>
                <td className="right">{formatCount(tier.savedTokens)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="row row-wrap">
        {asking ? (
          <>
            <span>Forget every answer? Models would be paid for them again.</span>
            <Button onClick={() => void clear()}>Forget all</Button>
            <Button onClick={() => setAsking(false)}>Keep</Button>
          </>
        ) : (
          <Button
            disabled={report.disk.entries + report.memory.entries === 0}
            onClick={() => setAsking(true)}
          >
            Clear the cache…
          </Button>
        )}
      </div>
    </div>
  );
}
