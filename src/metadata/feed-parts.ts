import type { Feed } from './feed.ts';

/**
 * Whether two feeds would take the same records of a file. Not when both say which sheet, path or element is theirs, or which
 * value of one field, and it is another one: a workbook may be two feeds.
 */
export function takeSameRecords(one: Feed['options'] = {}, other: Feed['options'] = {}): boolean {
  if (isOther(one.sheet, other.sheet)) return false;
  if (isOther(pathOf(one.record_path), pathOf(other.record_path))) return false;
  if (isOther(one.record_element, other.record_element)) return false;
  const [filter, second] = [one.record_filter, other.record_filter];
  return filter?.path !== second?.path || String(filter?.equals) === String(second?.equals);
}

function isOther(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function pathOf(path: string | undefined): string | undefined {
  return path?.replace(/^\/+|\/+$/g, '');
}
