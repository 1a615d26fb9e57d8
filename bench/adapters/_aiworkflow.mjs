// Both adapters: the public API, a project whose only provider is the mock server, the audit log in ctx.dbPath.
import { PROMPT, pool, SYSTEM, TOOL_DESC, TOOL_NAME } from './_shared.mjs';

export const makeAdapter = (durability) => async (ctx) => {
  const { createRuntime, defineTool, executeOnce } = await import('aiworkflow');
  const { z } = await import('zod');
  const runtime = await createRuntime({
    database: ctx.dbPath,
    durability,
    env: {},
    project: { dir: '.', config: { providers: { mock: { api: 'openai.chat', baseUrl: ctx.baseURL } } } },
  });
  const tool = defineTool({
    name: TOOL_NAME,
    description: TOOL_DESC,
    input: z.strictObject({ path: z.string(), index: z.number() }),
    effect: 'read',
    run: (args) => ctx.tool(args),
  });
  const options = {
    prompt: `${SYSTEM}\n\n${PROMPT}`,
    tools: [tool],
    model: 'mock:mock-model',
    workflowId: 'bench',
    limits: { turns: ctx.turns + 5, toolCalls: ctx.turns + 5 },
  };
  const run = async () => (await executeOnce(runtime, options)).text;
  return {
    run,
    // No engine of its own for one call per item: the items are runs, 50 in flight.
    map: (n, inFlight) => pool(Array.from({ length: n }), inFlight, run),
    close: () => runtime.close(),
  };
};
