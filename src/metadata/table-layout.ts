import { customValue } from './custom-property.ts';
import type { ContractTable } from './lake/contract-shape.ts';

export function primaryKeyOf({ properties }: ContractTable): string[] {
  return properties
    .filter(({ primaryKey }) => primaryKey)
    .sort((a, b) => (a.primaryKeyPosition ?? 0) - (b.primaryKeyPosition ?? 0))
    .map(({ name }) => name);
}

/** `partitioned: true`, in the order of `partitionKeyPosition`, each with its transform: `day` -> `day(ts)`. */
export function partitionsOf({ properties }: ContractTable): string[] {
  return properties
    .filter(({ partitioned }) => partitioned)
    .sort((a, b) => (a.partitionKeyPosition ?? 0) - (b.partitionKeyPosition ?? 0))
    .map((property) => partitionOf(property.name, customValue(property, 'partitionTransform')));
}

/** `bucket(16)` of `sku` -> `bucket(16, sku)`. */
function partitionOf(column: string, transform: unknown): string {
  if (typeof transform !== 'string' || transform === 'identity') return column;
  const [, name, width] = /^([a-z]+)(?:\((\d+)\))?$/.exec(transform) ?? [];
  return width === undefined ? `${name ?? transform}(${column})` : `${name}(${width}, ${column})`;
}
