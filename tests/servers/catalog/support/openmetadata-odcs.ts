type Values = Record<string, unknown>;

/**
 * What OpenMetadata keeps of an ODCS document, and what it gives back: the double's share of the loss. Columns with a type from a list, one constraint
 * each, quality rules in one list with the name of their column; no version, no physical names, no business names, no custom properties.
 */
export function importOdcs(odcs: Values, objectName: string | null) {
  const objects = (odcs['schema'] ?? []) as Values[];
  const object = objects.find(({ name }) => name === objectName) ?? objects[0];
  const properties = (object?.['properties'] ?? []) as Values[];
  const { purpose, limitations, usage } = (odcs['description'] ?? {}) as Record<string, string | undefined>;
  return {
    name: String(odcs['name'] ?? odcs['id']),
    description: [purpose, limitations && `**Limitations:**\n${limitations}`, usage && `**Usage:**\n${usage}`]
      .filter(Boolean)
      .join('\n\n'),
    entityStatus:
      { active: 'Approved', deprecated: 'Deprecated', retired: 'Deprecated' }[String(odcs['status'])] ??
      'Draft',
    schema: properties.map(columnOf),
    odcsQualityRules: rulesOf(objects),
  };
}

const columnOf = ({ name, description, logicalType, primaryKey, unique, required }: Values): Values => ({
  name,
  description,
  dataType:
    { integer: 'INT', number: 'NUMBER', boolean: 'BOOLEAN', date: 'DATE', timestamp: 'TIMESTAMP' }[
      String(logicalType)
    ] ?? 'STRING',
  ...((primaryKey || unique || required) === true && {
    constraint: primaryKey ? 'PRIMARY_KEY' : unique ? 'UNIQUE' : 'NOT_NULL',
  }),
});

function rulesOf(elements: readonly Values[]): Values[] {
  return elements.flatMap(({ name, quality = [], properties = [] }) => [
    ...(quality as Values[]).map((rule) => ({ ...rule, column: name })),
    ...rulesOf(properties as Values[]),
  ]);
}

export function exportOdcs(contract: Values, table: Values): Values {
  const rules = (contract['odcsQualityRules'] ?? []) as Values[];
  const columns = (contract['schema'] ?? []) as Values[];
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: contract['id'],
    name: contract['name'],
    version: String(contract['version']),
    status: { Approved: 'active', Deprecated: 'deprecated' }[String(contract['entityStatus'])] ?? 'draft',
    description: { purpose: contract['description'] },
    schema: [
      {
        name: table['name'],
        logicalType: 'object',
        physicalType: 'table',
        properties: columns.map(({ name, description, dataType, constraint }) => ({
          name,
          physicalName: name,
          description,
          logicalType: 'string',
          physicalType: dataType,
          primaryKey: constraint === 'PRIMARY_KEY',
          required: constraint === 'NOT_NULL',
          quality: rules.filter(({ column }) => column === name),
        })),
        quality: rules.filter(({ column }) => column === table['name']),
      },
    ],
  };
}
