// What every subject of the benchmark is given: one prompt, one tool, and the answer that ends a run. An adapter
// that is copied to another harness finds that harness's file of the same name beside it.
export const MODEL = 'mock-model';
export const SYSTEM =
  'You look at data before you judge it. Call the tool for each sample, then answer in JSON.';
export const PROMPT = 'Go through the samples in order and say in JSON how many there were.';
export const TOOL_NAME = 'read_sample';
export const TOOL_DESC = 'Gives one sample of the table as text.';
export const TOOL_JSON_SCHEMA = {
  type: 'object',
  properties: { path: { type: 'string' }, index: { type: 'number' } },
  required: ['path', 'index'],
  additionalProperties: false,
};

/** Maps with at most `limit` calls of `work` under way. */
export async function pool(items, limit, work) {
  const results = new Array(items.length);
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
