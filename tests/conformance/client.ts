/**
 * The program that the MCP conformance suite runs: our client, through its public functions. It lists the tools of the
 * server whose URL is the last argument and calls each, with the arguments that the scenario gives or with
 * ones made from the schema.
 */
import { createSchemaValidator } from '../../src/contracts/schema-validator.ts';
import type { JsonObject, JsonSchema } from '../../src/domain/json.ts';
import { isJsonObject } from '../../src/domain/json.ts';
import { createToolSource } from '../../src/tools/index.ts';

const url = process.argv.at(-1) ?? '';
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? '';
const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as {
  toolCalls?: { name: string; arguments: JsonObject }[];
};

// Everywhere else our client is as users have it: it answers nobody who asks for input.
const asksForInput = scenario.startsWith('elicitation-') || scenario === 'sep-2322-client-request-state';

const source = createToolSource({
  servers: { suite: { url } },
  validator: createSchemaValidator(),
  ...(asksForInput && {
    answerElicitation: async () => ({ action: 'accept', content: { confirmed: true } }),
  }),
});

function sample(schema: JsonSchema): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      sampleValue(isJsonObject(property) ? property : {}),
    ]),
  );
}

function sampleValue(schema: JsonSchema): JsonObject[string] {
  const samples: Record<string, JsonObject[string]> = {
    string: 'text',
    number: 2,
    integer: 2,
    boolean: true,
    array: [],
  };
  const type = String(schema['type']);
  return type === 'object' ? sample(schema) : (samples[type] ?? 'text');
}

let calls = 0;
async function call(name: string, args: JsonObject): Promise<void> {
  const [tool] = await source.resolve([`suite.${name}`]);
  calls += 1;
  const output = await tool?.call(args, {
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    idempotencyKey: `${scenario}/${calls}`,
  });
  console.log(`${name}: ${JSON.stringify(output)}`);
}

try {
  const tools = await source.resolve(['suite.*']).catch((error: unknown) => {
    // Some scenarios only look at how the connection is made and offer no tools.
    if ((error as { code?: string }).code === 'TOOL_UNKNOWN') return [];
    throw error;
  });
  console.log(`tools: ${tools.map((tool) => tool.definition.name).join(', ')}`);
  const asked = context.toolCalls ?? [];
  for (const { name, arguments: args } of asked) await call(name, args);
  // This scenario wants back what we understood of the schema that it gave.
  const echo = tools.find(({ definition }) => definition.name === 'suite.json_schema_echo');
  const given = tools.find(({ definition }) => definition.name === 'suite.json_schema_2020_12_tool');
  if (echo && given) await call('json_schema_echo', { schema: given.definition.inputSchema });
  else if (asked.length === 0) {
    // All at once: state that belongs to one call must not reach another.
    await Promise.all(
      tools.map(({ definition }) =>
        call(definition.name.slice('suite.'.length), sample(definition.inputSchema)),
      ),
    );
  }
} finally {
  await source.close();
}
