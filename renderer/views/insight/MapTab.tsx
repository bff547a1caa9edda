import { useCallback, useState } from 'react';
import { askServiceMap } from '../../store/insightCommands.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FigureArea } from './FigureArea.tsx';
import { LeftOutNote } from './LeftOutNote.tsx';
import { MapPicture } from './MapPicture.tsx';
import { MapTables } from './MapTables.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { useFigures } from './useFigures.ts';

const SHOWS = [
  { id: 'map', label: 'Map' },
  { id: 'table', label: 'Table' },
] as const;

/** Who calls whom, how often, how long it takes and how often it fails. */
export function MapTab() {
  const figures = useFigures(useCallback((search: AskedSearch) => askServiceMap(search), []));
  const [shows, setShows] = useState<(typeof SHOWS)[number]['id']>('map');
  return (
    <div className="insight-tab">
      <div className="tab-tools">
        <Segmented label="Service map" options={SHOWS} value={shows} onChange={setShows} />
        <span className="faint small">
          {shows === 'map' ? 'A service opens its operations, all else and an arrow their traces' : ''}
        </span>
      </div>
      <FigureArea what="Calls" figures={figures}>
        {(map) =>
          map.nodes.length === 0 ? (
            <EmptyState icon="chart" title="No services here">
              Spans with a service.name make this map. None match the query in this time.
            </EmptyState>
          ) : (
            <>
              {shows === 'map' ? <MapPicture map={map} /> : <MapTables map={map} />}
              <LeftOutNote leftOut={map.leftOut} what="calls" />
            </>
          )
        }
      </FigureArea>
    </div>
  );
}
