/** The part of a zod schema that is read here: enough to know which keys a file may have at a place. */
interface SchemaNode {
  readonly _zod: {
    readonly def: {
      readonly type: string;
      readonly shape?: Readonly<Record<string, SchemaNode>>;
      readonly element?: SchemaNode;
      readonly valueType?: SchemaNode;
      readonly innerType?: SchemaNode;
      readonly options?: readonly SchemaNode[];
    };
  };
}

export type { SchemaNode };

/** The schema of the value at a path of a file. A union is followed along the option that fits the value best. */
export function schemaAt(
  schema: SchemaNode,
  value: unknown,
  path: readonly PropertyKey[],
): SchemaNode | undefined {
  let node: SchemaNode | undefined = unwrap(schema);
  let current = value;
  for (const name of path) {
    const holder: SchemaNode | undefined = node && bestOption(node, current);
    if (!holder) return undefined;
    const { shape, element, valueType }: SchemaNode['_zod']['def'] = holder._zod.def;
    const next: SchemaNode | undefined = shape ? ownShape(shape, name) : (element ?? valueType);
    node = next && unwrap(next);
    current = memberOf(current, name);
  }
  return node;
}

export function knownKeys(schema: SchemaNode | undefined, value: unknown): string[] {
  const shape = schema && bestOption(schema, value)?._zod.def.shape;
  return shape ? Object.keys(shape) : [];
}

/** The index of the union's option that the person who wrote the value most probably meant. */
export function bestOptionIndex(options: readonly SchemaNode[], value: unknown): number {
  const scores = options.map((option) => score(unwrap(option), value));
  return scores.indexOf(Math.max(...scores));
}

function bestOption(schema: SchemaNode, value: unknown): SchemaNode | undefined {
  const { options } = schema._zod.def;
  if (!options) return schema;
  const option = options[bestOptionIndex(options, value)];
  return option && unwrap(option);
}

// Same kind of value first, then the most keys in common: `command:` is what makes a server one that is started.
function score(schema: SchemaNode, value: unknown): number {
  const { type, shape } = schema._zod.def;
  const kind = Array.isArray(value) ? 'array' : typeof value;
  if (kind !== (type === 'record' ? 'object' : type)) return -1;
  if (!shape || typeof value !== 'object' || value === null) return 0;
  return Object.keys(value).filter((key) => Object.hasOwn(shape, key)).length;
}

function unwrap(schema: SchemaNode): SchemaNode {
  const { innerType } = schema._zod.def;
  return innerType ? unwrap(innerType) : schema;
}

function ownShape(shape: Readonly<Record<string, SchemaNode>>, name: PropertyKey): SchemaNode | undefined {
  return Object.hasOwn(shape, name) ? shape[String(name)] : undefined;
}

export function memberOf(value: unknown, name: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<PropertyKey, unknown>)[name];
}
