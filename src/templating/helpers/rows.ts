import { canonicalJson } from '../../domain/canonical-json.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { ownMember } from '../scope.ts';
import { type Helper, HelperFailure, kindOf, type Options } from './helper.ts';

/** Helpers that write a list of objects as rows. */
export const rowHelpers: Readonly<Record<string, Helper>> = {
  csv: {
    usage: 'csv list columns="a,b" delimiter=","',
    minArguments: 1,
    maxArguments: 1,
    options: ['columns', 'delimiter'],
    apply: ([list = null], options) => {
      const delimiter = options['delimiter'] ?? ',';
      if (typeof delimiter !== 'string' || delimiter.length !== 1 || /["\r\n]/.test(delimiter))
        throw new HelperFailure(`takes one character as delimiter, not ${kindOf(delimiter)}`);
      return rowsOf(list, options)
        .map((row) => row.map((cell) => csvCell(cell, delimiter)).join(delimiter))
        .join('\n');
    },
  },
  table: {
    usage: 'table list columns="a,b"',
    minArguments: 1,
    maxArguments: 1,
    options: ['columns'],
    apply: ([list = null], options) => {
      const [header = [], ...rows] = rowsOf(list, options);
      const line = (cells: readonly string[]) => `| ${cells.map(tableCell).join(' | ')} |`;
      return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
    },
  },
};

/** The header and one row per object; the columns are those given, or every key in the order of its first appearance. */
function rowsOf(list: Json, options: Options): string[][] {
  if (!Array.isArray(list)) throw new HelperFailure(`takes a list of objects, not ${kindOf(list)}`);
  const stranger = list.findIndex((item: Json) => !isJsonObject(item));
  if (stranger >= 0)
    throw new HelperFailure(`takes a list of objects, but item ${stranger} is ${kindOf(list[stranger])}`);
  const columns = columnsOf(list, options['columns']);
  return [columns, ...list.map((item: Json) => columns.map((column) => cellText(ownMember(item, column))))];
}

function columnsOf(list: readonly Json[], given: Json | undefined): string[] {
  if (typeof given === 'string') return given.split(',').map((name) => name.trim());
  if (Array.isArray(given) && given.every((name) => typeof name === 'string')) return given;
  if (given !== undefined)
    throw new HelperFailure(`takes columns as "a,b" or as a list, not ${kindOf(given)}`);
  return [...new Set(list.flatMap((item) => (isJsonObject(item) ? Object.keys(item) : [])))];
}

function cellText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : canonicalJson(value);
}

function csvCell(cell: string, delimiter: string): string {
  return cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

// A line break or a bar in a cell would look like another row or column.
function tableCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll(/\r\n|\r|\n/g, '<br>');
}
