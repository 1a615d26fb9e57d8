import { type CastSql, type CellNames, cleanText, scalarCast } from './scalar-cast-sql.ts';
import type { CastRules } from './table-store.ts';

/** A list is written as JSON; a text that is none is a list of one. Each element is held to the rules of its type. */
export function listCast(
  { text, spelled }: CellNames,
  { type, rules }: { type: string; rules: CastRules },
): CastSql {
  const element = type.slice(0, -2);
  const kind = element.replace(/[^A-Z].*$/, '').toLowerCase();
  const invalid = `'invalid_${kind}_list'`;
  if (element === 'VARCHAR' || element === 'JSON' || element.endsWith('[]')) {
    const list = `CASE WHEN starts_with(${text}, '[') THEN ${text} WHEN ${text} IS NOT NULL THEN to_json([${text}])::VARCHAR END`;
    return { spelling: 'NULL', value: `TRY_CAST(TRY_CAST(${list} AS JSON) AS ${type})`, fault: invalid };
  }
  const texts = `list_transform(${elementTexts(text)}, lambda e: ${cleanText('e', { type: element, rules })})`;
  const { values, faults } = elementsSql(spelled, { element, rules });
  const first = `list_filter(${faults}, lambda f: f IS NOT NULL)[1]`;
  return {
    spelling: texts,
    // Of elements that have a text none may be without a value.
    value: `CASE WHEN coalesce(list_count(${values}), 0) = coalesce(list_count(${spelled}), 0) THEN ${values} END`,
    fault: `CASE WHEN starts_with(coalesce(${first}, 'invalid'), 'invalid') THEN ${invalid} ELSE ${first} END`,
  };
}

/** The values of a list of texts, NULL where one is none, and the words for each that is none. */
export function elementsSql(
  texts: string,
  { element, rules }: { element: string; rules: CastRules },
): { values: string; faults: string } {
  const names = { text: "p['t']", spelled: "p['s']", value: 'NULL' };
  const cast = scalarCast(names, { type: element, rules });
  const { spelling } = scalarCast({ ...names, text: 'e' }, { type: element, rules });
  const pairs = `list_transform(${texts}, lambda e: {'t': e, 's': CAST(${spelling} AS VARCHAR)})`;
  return {
    values: `list_transform(${pairs}, lambda p: ${cast.value})`,
    faults: `list_transform(${pairs}, lambda p: CASE WHEN ${names.text} IS NOT NULL AND (${cast.value}) IS NULL THEN ${cast.fault} END)`,
  };
}

const plainElement = '"[^"\\\\]*"|[^",{}\\[\\]\\s]+';
const plainList = `^\\[\\s*((${plainElement})\\s*(,\\s*(${plainElement})\\s*)*)?\\]$`;

/** As they are written: a number that goes through JSON comes back as a double. */
function elementTexts(text: string): string {
  const plain = `list_transform(regexp_extract_all(${text}, '${plainElement}'), lambda e: CASE WHEN e <> 'null' THEN trim(e, '"') END)`;
  return `CASE WHEN NOT starts_with(${text}, '[') THEN [${text}] WHEN TRY_CAST(${text} AS JSON) IS NULL THEN NULL
  WHEN regexp_matches(${text}, '${plainList}') THEN ${plain} ELSE json_extract_string(${text}, '$[*]') END`;
}
