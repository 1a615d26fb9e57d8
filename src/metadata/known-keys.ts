/** The part of a zod schema that is read here: enough to know which keys a place of a document may have. */
export interface SchemaNode {
  readonly _zod: {
    readonly def: {
      readonly type: string;
      readonly shape?: Readonly<Record<string, SchemaNode>>;
      readonly element?: SchemaNode;
      readonly innerType?: SchemaNode;
      readonly in?: SchemaNode;
      readonly getter?: () => SchemaNode;
      readonly options?: readonly SchemaNode[];
    };
  };
}

/** The keys that a map at this place may have. A union is followed along the option that has most keys of the value. */
export function knownKeys(schema: SchemaNode, value: unknown, path: readonly PropertyKey[]): string[] {
  let node: SchemaNode | undefined = chosen(schema, value);
  let current = value;
  for (const name of path) {
    const next: SchemaNode | undefined = node && memberSchema(node, name);
    current = memberOf(current, name);
    node = next && chosen(next, current);
  }
  return Object.keys(node?._zod.def.shape ?? {});
}

function memberSchema({ _zod: { def } }: SchemaNode, name: PropertyKey): SchemaNode | undefined {
  const { shape, element } = def;
  return typeof name === 'string' && shape && Object.hasOwn(shape, name) ? shape[name] : element;
}

export function memberOf(value: unknown, name: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<PropertyKey, unknown>)[name];
}

function chosen(schema: SchemaNode, value: unknown): SchemaNode {
  const { innerType, in: first, getter, options } = schema._zod.def;
  const inner = innerType ?? first ?? getter?.();
  if (inner) return chosen(inner, value);
  if (!options) return schema;
  const scored = options
    .map((option) => chosen(option, value))
    .map((node) => ({ node, fit: fitOf(node, value) }));
  return scored.reduce((best, one) => (one.fit > best.fit ? one : best)).node;
}

/** A list fits a list; of maps, the one whose literals agree and that knows most keys. */
function fitOf({ _zod: { def } }: SchemaNode, value: unknown): number {
  if (Array.isArray(value)) return def.type === 'array' ? 1 : -1;
  if (!def.shape || typeof value !== 'object' || value === null) return -1;
  const { shape } = def;
  return Object.keys(value).filter((key) => Object.hasOwn(shape, key)).length + literalFit(shape, value);
}

function literalFit(shape: Readonly<Record<string, SchemaNode>>, value: object): number {
  const literals = Object.entries(shape).filter(([, node]) => node._zod.def.type === 'literal');
  const agreeing = literals.filter(([key, node]) => {
    const { values = [] } = node._zod.def as { readonly values?: readonly unknown[] };
    return values.includes(memberOf(value, key));
  });
  return agreeing.length * 100;
}
