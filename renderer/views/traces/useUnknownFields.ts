import { useEffect, useState } from 'react';
import { loadFieldCatalog } from '../../store/traceCommands.ts';

const NONE: readonly string[] = [];

/**
 * What a query that found nothing asks for and no span has, a sentence each.
 * @param query - `undefined` while there is nothing to say
 */
export function useUnknownFields(query: string | undefined): readonly string[] {
  const [found, setFound] = useState<{ readonly query: string; readonly texts: readonly string[] } | null>(
    null,
  );
  useEffect(() => {
    if (query === undefined) return undefined;
    let isLeft = false;
    Promise.all([import('../../../shared/query/index.ts'), loadFieldCatalog()]).then(
      ([{ unknownFields, unknownFieldText }, catalog]) => {
        if (!isLeft) setFound({ query, texts: unknownFields(query, catalog).map(unknownFieldText) });
      },
      () => {
        // The list says that nothing matches; without the catalog there is no more to be said.
      },
    );
    return () => {
      isLeft = true;
    };
  }, [query]);
  return found !== null && found.query === query ? found.texts : NONE;
}
