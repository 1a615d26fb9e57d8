import type { Json } from '../domain/json.ts';

interface WithCustomProperties {
  readonly customProperties?: readonly { readonly property: string; readonly value: Json }[] | undefined;
}

/** The value of a custom property, which is where ODCS lets a project say what the standard has no field for. */
export function customValue({ customProperties = [] }: WithCustomProperties, name: string): Json | undefined {
  return customProperties.find(({ property }) => property === name)?.value;
}
