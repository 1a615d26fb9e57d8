import type { Approved } from '../../lineage/answer.ts';
import { openChangeBook } from '../../servers/catalog/changes/change-book.ts';

/** Who let a version of a document come into force. */
export interface Approvals {
  of(kind: 'contract' | 'mapping', document: string): Approved;
  close(): void;
}

/** From the catalog's book; of documents that nobody proposed there it knows nothing. */
export function openApprovals(file: string): Approvals {
  const book = openChangeBook(file);
  return {
    of(kind, document) {
      const at = document.lastIndexOf('@');
      const [id, version] = [document.slice(0, at), document.slice(at + 1)];
      const origin = at > 0 ? book.originOf({ kind, id, version }) : undefined;
      if (!origin) return { document };
      const { change } = origin;
      return {
        document,
        approval: {
          how: origin.how,
          at: origin.atMs,
          ...(change && { by: change.by, change: change.id, reason: change.reason }),
          ...(origin.origin && { call: origin.origin.call }),
        },
      };
    },
    close: () => book.close(),
  };
}
