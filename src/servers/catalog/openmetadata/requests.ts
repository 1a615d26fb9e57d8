import { stringify } from 'yaml';
import type { JsonObject } from '../../../domain/json.ts';
import type { Contract, ContractProperty, ContractTable } from '../../../metadata/odcs.ts';
import type { Policy } from '../../../metadata/policy.ts';
import { primaryKeyOf } from '../../../metadata/table-layout.ts';
import { yamlText } from '../documents/yaml-text.ts';
import { dataTypeOf } from './column-types.ts';
import { customProperties } from './entities.ts';

/** `PUT /tables`: the table of a contract for people and other tools, and the document itself. */
export function tableRequest(
  {
    contract,
    table,
    document,
    mapping,
  }: {
    readonly contract: Contract;
    readonly table: ContractTable;
    readonly document: JsonObject;
    readonly mapping: string | undefined;
  },
  databaseSchema: string,
): JsonObject {
  const key = primaryKeyOf(table);
  return {
    name: tableNameOf(table),
    displayName: contract.name ?? table.name,
    description: table.description ?? '',
    tableType: 'Iceberg',
    columns: table.properties.map(columnRequest),
    ...(key.length > 0 && { tableConstraints: [{ constraintType: 'PRIMARY_KEY', columns: key }] }),
    databaseSchema,
    extension: {
      [customProperties.contract.name]: yamlText(document),
      ...(mapping !== undefined && { [customProperties.mapping.name]: mapping }),
    },
  };
}

const tableNameOf = ({ physicalName }: ContractTable): string =>
  physicalName.slice(physicalName.indexOf('.') + 1);

function columnRequest({
  name,
  businessName,
  physicalType,
  description,
  required,
  unique,
}: ContractProperty): JsonObject {
  return {
    name,
    ...(businessName !== undefined && { displayName: businessName }),
    ...dataTypeOf(physicalType),
    description: description ?? '',
    ...((unique || required) && { constraint: unique ? 'UNIQUE' : 'NOT_NULL' }),
  };
}

const statuses = ['proposed', 'draft', 'active', 'deprecated', 'retired'];

/**
 * `PUT /dataContracts/odcs/yaml`: the contract in the dialect that OpenMetadata reads. It takes custom properties only as texts and
 * numbers of service levels only as texts, and refuses a document with others; the document itself stands with the table.
 */
export function odcsText(contract: Contract): string {
  const { id, status, slaProperties, ...rest } = withoutCustomProperties(contract as unknown as JsonObject);
  return stringify({
    ...rest,
    apiVersion: 'v3.1.0',
    id,
    name: id,
    status: statuses.includes(String(status)) ? status : 'draft',
    ...(Array.isArray(slaProperties) && { slaProperties: slaProperties.map(asTexts) }),
  });
}

function asTexts(level: JsonObject): JsonObject {
  const text = (key: string) => (level[key] === undefined ? {} : { [key]: String(level[key]) });
  return { ...level, ...text('value'), ...text('valueExt') };
}

function withoutCustomProperties(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(
    ([key]) => key !== 'customProperties' && key !== 'transformSourceObjects',
  );
  return Object.fromEntries(kept.map(([key, member]) => [key, inside(member)]));
}

function inside(member: JsonObject[string]): JsonObject[string] {
  if (Array.isArray(member)) return member.map((one) => inside(one) ?? null);
  return typeof member === 'object' && member !== null
    ? withoutCustomProperties(member as JsonObject)
    : member;
}

/** `PUT /glossaryTerms`: a policy in words for people, and the document itself. */
export function termRequest(policy: Policy, document: JsonObject, glossary: string): JsonObject {
  return { glossary, name: policy.id, ...termValues(policy, document) };
}

/** What of a glossary term says the policy. */
export function termValues({ title, description, rules }: Policy, document: JsonObject) {
  return {
    displayName: title,
    description: [description, '', ...rules.map(({ id, statement }) => `- **${id}**: ${statement}`)].join(
      '\n',
    ),
    extension: { [customProperties.policy.name]: yamlText(document) },
  };
}
