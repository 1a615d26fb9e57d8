import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { JsonObject } from '../../../domain/json.ts';
import { contractOfDraft, type FeedDraft, feedDraftSchema } from '../../../metadata/feed-draft.ts';
import { feedAnswer, feedAnswerSchema } from '../feeds/feed.ts';
import { feedMatchesSchema, matchFeeds } from '../feeds/match-feeds.ts';
import { registerFeed } from '../feeds/register-feed.ts';
import { mappingDraftShape, registerMapping } from '../feeds/register-mapping.ts';
import { Refusal } from '../refusal.ts';
import { answering, type CatalogServices, originOf, reads, writesOnce } from './answer.ts';

const documentSchema = z.record(z.string(), z.json());
const filesSchema = z
  .array(z.union([z.string().max(1000), z.looseObject({ path: z.string().max(1000) })]))
  .max(10_000)
  .describe('paths, or the files as lake.list_files gives them');

export function registerFeedTools(server: McpServer, services: CatalogServices): void {
  registerListFeeds(server, services);
  registerMatchFeeds(server, services);
  registerRegisterFeed(server, services);
  registerRegisterMapping(server, services);
}

function registerListFeeds(server: McpServer, { backend }: CatalogServices): void {
  server.registerTool(
    'list_feeds',
    {
      title: 'Registered feeds',
      description:
        "Every feed that is known, with its contract in the words of the lake's tools (create_table, ingest, check_quality) and its mapping.",
      inputSchema: z.strictObject({
        role: feedDraftSchema.shape.role
          .optional()
          .describe('product: records are products; reference: lists that they refer to'),
        mapped: z
          .boolean()
          .optional()
          .describe('true: feeds that have a mapping; false: those that have none yet'),
      }),
      outputSchema: z.object({ feeds: z.array(feedAnswerSchema) }),
      annotations: reads,
    },
    ({ role, mapped }) =>
      answering(async () => {
        const feeds = (await backend.read()).feeds.map(feedAnswer);
        return {
          feeds: feeds.filter(
            ({ draft, mapping }) =>
              (role ?? draft?.role) === draft?.role &&
              (mapped ?? mapping !== undefined) === (mapping !== undefined),
          ),
        };
      }),
  );
}

function registerMatchFeeds(server: McpServer, { backend }: CatalogServices): void {
  server.registerTool(
    'match_feeds',
    {
      title: 'Which feed each file belongs to',
      description:
        'Parts files into those of registered feeds, each as lake.ingest takes it, and those that no feed takes. A file that two feeds take is given to neither.',
      inputSchema: z.strictObject({ files: filesSchema }),
      outputSchema: feedMatchesSchema,
      annotations: reads,
    },
    ({ files }) =>
      answering(async () => {
        const paths = files.map((file) => (typeof file === 'string' ? file : file.path));
        return { ...matchFeeds((await backend.read()).feeds, paths) };
      }),
  );
}

function registerRegisterFeed(server: McpServer, { backend, book, nowMs }: CatalogServices): void {
  server.registerTool(
    'register_feed',
    {
      title: 'Register a feed that is new',
      description:
        'Keeps the contract of a feed that no registered feed takes, and its mapping when it is known; the mapping may also be registered later. Both begin as drafts. The same again changes nothing; to change what is registered use propose_change.',
      inputSchema: z.strictObject({
        draft: feedDraftSchema.optional().describe('the contract in few words; instead of contract'),
        contract: documentSchema
          .optional()
          .describe(
            'Open Data Contract Standard 3.1 document with one table: apiVersion v3.1.0, kind DataContract, id, version, schema [{name, physicalName, description, properties [{name, logicalType, physicalType, description, customProperties [{property: source, value}]}]}], customProperties [{property: feed, value: {pattern, vendor_name, options}}]',
          ),
        mapping: documentSchema
          .optional()
          .describe(
            'kind: Mapping, id, version, source {contract, table}, target {contract, table}, sql, columns [{column, from [], rule}]',
          ),
      }),
      outputSchema: feedAnswerSchema,
      annotations: writesOnce,
    },
    ({ draft, contract, mapping }, context) =>
      answering(async () => {
        const registration = {
          contract: contractGiven(draft, contract),
          mapping: mapping as JsonObject | undefined,
          origin: originOf(context),
        };
        return { ...feedAnswer(await registerFeed({ backend, book, nowMs: nowMs() }, registration)) };
      }),
  );
}

function contractGiven(draft: FeedDraft | undefined, contract: JsonObject | undefined): JsonObject {
  if ((draft === undefined) === (contract === undefined))
    throw new Refusal('A feed is registered by its draft or by its contract.', 'Give one of them.');
  return draft ? contractOfDraft(draft, '1.0.0') : (contract ?? {});
}

function registerRegisterMapping(server: McpServer, { backend, book, nowMs }: CatalogServices): void {
  server.registerTool(
    'register_mapping',
    {
      title: 'Register the mapping of a feed that has none',
      description:
        'Keeps how the rows of a feed become rows of another table. It begins as a draft. The same again changes nothing; to change what is registered use propose_change.',
      inputSchema: z.strictObject(mappingDraftShape),
      outputSchema: feedAnswerSchema,
      annotations: writesOnce,
    },
    (draft, context) =>
      answering(async () => ({
        ...feedAnswer(await registerMapping({ backend, book, nowMs: nowMs() }, draft, originOf(context))),
      })),
  );
}
