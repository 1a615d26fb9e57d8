import { z } from 'zod';

interface JsonSchemaNode {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchemaNode;
  readonly anyOf?: readonly JsonSchemaNode[];
  readonly additionalProperties?: JsonSchemaNode | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** A Markdown table of the keys of a zod object: name, what it may be, what it is for. Required keys are bold. */
export function keyTable(schema: z.ZodType, include: (key: string) => boolean = () => true): string {
  const node = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as JsonSchemaNode;
  const rows = Object.entries(node.properties ?? {})
    .filter(([key]) => include(key))
    .map(([key, property]) => {
      const name = node.required?.includes(key) ? `**\`${key}\`**` : `\`${key}\``;
      return `| ${name} | ${kindOf(property)} | ${escapeCell(property.description ?? '')} |`;
    });
  return `| key | value | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

function kindOf(node: JsonSchemaNode): string {
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.anyOf) return [...new Set(node.anyOf.map(kindOf))].join(', or ');
  if (node.type === 'null') return '`null`';
  if (Array.isArray(node.type))
    return node.type.map((type: string) => kindOf({ ...node, type })).join(', or ');
  if (node.type === 'array') return `list of ${plural(node.items)}`;
  if (node.type === 'object') return node.properties ? 'map' : `map of names to ${plural(mapValue(node))}`;
  if (node.type === 'integer' || node.type === 'number') return numberWords(node);
  if (node.type === 'string') return 'text';
  return node.type === 'boolean' ? '`true`, `false`' : 'any value';
}

function mapValue({ additionalProperties: value }: JsonSchemaNode): JsonSchemaNode | undefined {
  return typeof value === 'object' ? value : undefined;
}

function plural(node: JsonSchemaNode | undefined): string {
  if (!node || node.anyOf?.some((option) => option.properties)) return 'maps';
  if (node.properties) return 'maps';
  if (node.enum) return kindOf(node);
  return node.type === 'string' ? 'texts' : 'values';
}

function numberWords(node: JsonSchemaNode): string {
  const kind = node.type === 'integer' ? 'whole number' : 'number';
  const isBounded = node.maximum !== undefined && node.maximum < Number.MAX_SAFE_INTEGER;
  if (isBounded) return `${kind}, ${node.minimum ?? 0} to ${node.maximum}`;
  if (node.exclusiveMinimum !== undefined) return `${kind} above ${node.exclusiveMinimum}`;
  return node.minimum !== undefined && node.minimum > Number.MIN_SAFE_INTEGER
    ? `${kind}, at least ${node.minimum}`
    : kind;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
