import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { JsonObject } from '../../../domain/json.ts';
import { contractWithDraft, type FeedDraft, feedDraftSchema } from '../../../metadata/feed-draft.ts';
import { compareDocuments } from '../../../metadata/versions/compare-documents.ts';
import type { Catalog } from '../backend.ts';
import { patchSchema } from '../changes/apply-patch.ts';
import type { Change, ProposedChange } from '../changes/change.ts';
import { differenceText } from '../changes/difference-text.ts';
import { documentNamed, proposeChange } from '../changes/propose-change.ts';
import { documentKindSchema } from '../documents/kinds.ts';
import { unknownName } from '../refusal.ts';
import { answering, type CatalogServices, originOf, reads, writesOnce } from './answer.ts';

const documentSchema = z.record(z.string(), z.json());
const which = {
  kind: documentKindSchema.default('contract'),
  id: z.string().max(200).describe('of the contract (of a feed too), the mapping or the policy'),
};
const changeHeader = {
  change: z.string().describe('the same for the same change, whoever asks for it'),
  state: z.enum(['proposed', 'accepted', 'rejected']),
  because: z.string().optional().describe('why a person rejected it'),
  kind: documentKindSchema,
  id: z.string(),
  from_version: z.string(),
  to_version: z.string(),
  breaking: z.boolean(),
  differences: z.array(z.string()).describe('what changes, in words'),
};

/** The most lines of a difference in an answer; the person who decides sees all of them. */
const mostLines = 300;

export function registerChangeTools(server: McpServer, services: CatalogServices): void {
  registerGetDocument(server, services);
  registerProposeChange(server, services);
  registerListChanges(server, services);
}

function registerGetDocument(server: McpServer, { backend }: CatalogServices): void {
  server.registerTool(
    'get_document',
    {
      title: 'A document as it is written',
      description:
        'A contract, mapping or policy whole, as propose_change takes it. To read what data means, get_contract says more in fewer words.',
      inputSchema: z.strictObject(which),
      outputSchema: z.object({
        kind: documentKindSchema,
        id: z.string(),
        version: z.string(),
        digest: z.string(),
        document: documentSchema,
      }),
      annotations: reads,
    },
    (wanted) =>
      answering(async () => {
        const { kind, id, version, digest, value } = documentNamed(await backend.read(), wanted);
        return { kind, id, version, digest, document: value };
      }),
  );
}

function registerProposeChange(server: McpServer, { backend, book, nowMs }: CatalogServices): void {
  server.registerTool(
    'propose_change',
    {
      title: 'Ask for a change of a document',
      description:
        'Keeps a new version of a contract, mapping or policy for a person to accept or reject; what is in force stays as it is. Give the whole new document, or a patch; raise its version: major when it breaks readers of the data, minor when something is added, else patch.',
      inputSchema: z.strictObject({
        ...which,
        id: which.id.optional().describe('of the document; not needed with a draft'),
        document: documentSchema.optional().describe('the whole new document'),
        draft: feedDraftSchema
          .optional()
          .describe(
            'instead of the document: the contract of a feed in few words; its version is raised by what changes',
          ),
        patch: patchSchema
          .optional()
          .describe('instead of the document: what to do to the one in force; do not forget /version'),
        reason: z.string().min(1).max(2000).describe('for the person who decides'),
      }),
      outputSchema: z.object({
        ...changeHeader,
        change: changeHeader.change
          .optional()
          .describe('absent when the document says already what is asked for'),
        diff: z.array(z.string()).describe('of the texts'),
      }),
      annotations: writesOnce,
    },
    ({ kind, id: given, draft, document, patch, reason }, context) =>
      answering(async () => {
        const catalog = await backend.read();
        const id = given ?? draft?.id ?? '';
        const asked = {
          document: draft ? documentWithDraft(catalog, draft) : (document as JsonObject | undefined),
          patch,
          origin: originOf(context),
        };
        const change = await proposeChange({ catalog, book, nowMs: nowMs() }, { kind, id, reason, ...asked });
        if (!change) {
          const { version } = documentNamed(catalog, { kind, id });
          const same = {
            from_version: version,
            to_version: version,
            breaking: false,
            differences: [],
            diff: [],
          };
          return { state: 'accepted', kind, id, ...same };
        }
        const { lines, rest } = clipped(differenceText(change.was, change.now));
        return {
          ...changeAnswer(book.find(change.id) ?? change),
          diff: rest > 0 ? [...lines, `… ${rest} more lines`] : lines,
        };
      }),
  );
}

function registerListChanges(server: McpServer, { book }: CatalogServices): void {
  server.registerTool(
    'list_changes',
    {
      title: 'Changes that were asked for',
      description: 'What was asked for with propose_change, and what a person decided, oldest first.',
      inputSchema: z.strictObject({
        state: z.enum(['proposed', 'accepted', 'rejected']).optional(),
        id: z.string().optional().describe('changes of this document only'),
      }),
      outputSchema: z.object({ changes: z.array(z.object({ ...changeHeader, reason: z.string() })) }),
      annotations: reads,
    },
    ({ state, id }) =>
      answering(async () => {
        const all = book.list();
        if (id !== undefined && !all.some((change) => change.documentId === id) && all.length > 0)
          throw unknownName('document with changes', id, [
            ...new Set(all.map(({ documentId }) => documentId)),
          ]);
        const changes = all.filter(
          (change) =>
            (state ?? change.state) === change.state && (id ?? change.documentId) === change.documentId,
        );
        return {
          changes: changes.map((change) => ({
            ...changeAnswer(change),
            reason: change.askings[0]?.reason ?? '',
          })),
        };
      }),
  );
}

/** The contract in force with what the draft says of it, in the version that this needs. */
function documentWithDraft(catalog: Catalog, draft: FeedDraft): JsonObject {
  const { value: was } = documentNamed(catalog, { kind: 'contract', id: draft.id });
  const now = contractWithDraft(was, draft);
  const { changes, neededVersion } = compareDocuments('contract', { was, now });
  return changes.length === 0 ? was : { ...now, version: neededVersion };
}

function changeAnswer(change: ProposedChange & Partial<Pick<Change, 'state' | 'decision'>>) {
  const { id, state = 'proposed', kind, documentId, from, to, breaking, differences, decision } = change;
  const because = decision?.decision === 'rejected' ? decision.because : undefined;
  return {
    change: id,
    state,
    ...(because !== undefined && { because }),
    kind,
    id: documentId,
    from_version: from.version,
    to_version: to.version,
    breaking,
    differences,
  };
}

function clipped(lines: readonly string[]): { lines: string[]; rest: number } {
  return { lines: lines.slice(0, mostLines), rest: Math.max(0, lines.length - mostLines) };
}
