import { memberOf } from './known-keys.ts';

/** What a file in the folder of contracts is: of tables, of how rows are mapped, of the business, or of a model's answer. */
export type FileKind = 'contract' | 'mapping' | 'policy' | 'response';

/**
 * By what the file says, and by its name where that says it: a contract with a misspelt `kind` is still meant as one.
 * All else is the contract of an answer (JSON Schema or Picoschema), which may have fields of any name.
 */
export function fileKind({ file, value }: { readonly file: string; readonly value: unknown }): FileKind {
  if (/\.mapping\.ya?ml$/.test(file) || memberOf(value, 'kind') === 'Mapping') return 'mapping';
  if (/\.odcs\.ya?ml$/.test(file) || isContract(value)) return 'contract';
  return /(^|\/)policies\/[^/]+$/.test(file) ? 'policy' : 'response';
}

function isContract(value: unknown): boolean {
  const [kind, apiVersion] = [memberOf(value, 'kind'), memberOf(value, 'apiVersion')];
  if (kind === 'DataContract' || (typeof apiVersion === 'string' && /^v\d/.test(apiVersion))) return true;
  return Array.isArray(memberOf(value, 'schema')) && memberOf(value, 'version') !== undefined;
}
