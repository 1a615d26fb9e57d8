import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { policySchema } from '../../../metadata/policy.ts';
import { policyTableSchema, policyTables } from '../../../metadata/policy-table.ts';
import { unknownName } from '../refusal.ts';
import { answering, type CatalogServices, reads } from './answer.ts';

const answerSchema = policySchema.extend({
  digest: z.string().describe('of the document: the same version with another digest is another text'),
});

/** `topics`: those of the start. A description that changed while a run goes on would be another tool to it. */
export function registerPolicyTool(
  server: McpServer,
  { backend }: CatalogServices,
  topics: readonly string[],
): void {
  server.registerTool(
    'get_policies',
    {
      title: 'Business policies',
      description: `Business rules with the tables they refer to. Without a topic all of them. Topics: ${topics.join(', ') || 'none'}.`,
      inputSchema: z.strictObject({ topic: z.string().optional() }),
      outputSchema: z.object({
        policies: z.array(answerSchema),
        lake_tables: z.array(policyTableSchema).describe('their tables, each as lake.write_rows takes it'),
      }),
      annotations: reads,
    },
    ({ topic }) =>
      answering(async () => {
        const { policies: all, documents } = await backend.read();
        const policies = all.filter(({ id }) => topic === undefined || id === topic);
        if (policies.length === 0 && topic !== undefined)
          throw unknownName(
            'policy',
            topic,
            all.map(({ id }) => id),
          );
        const digestOf = (wanted: string) =>
          documents.find(({ kind, id }) => kind === 'policy' && id === wanted)?.digest;
        return {
          policies: policies.map((policy) => ({ ...policy, digest: digestOf(policy.id) })),
          lake_tables: policies.flatMap(policyTables),
        };
      }),
  );
}
