/** What may hold a `<` that opens no element, then tags themselves. */
const markup =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<!DOCTYPE[^[>]*(?:\[[\s\S]*?\]\s*)?>|<(\/?)([^\s/>!?]+)(?:"[^"]*"|'[^']*'|[^"'>])*?(\/?)>/g;

/** Counts the records of an XML text without the parser that reads them. */
export function countXmlElements(text: string, recordElement: string): number {
  const place = { path: [] as string[], recordDepth: 0 };
  let count = 0;
  for (const [, closing, name, selfClosing] of text.matchAll(markup)) {
    if (name === undefined) continue;
    if (closing === '/') {
      leave(place);
      continue;
    }
    place.path.push(name);
    if (place.recordDepth === 0 && isRecord(place.path, recordElement)) {
      count += 1;
      place.recordDepth = place.path.length;
    }
    if (selfClosing === '/') leave(place);
  }
  return count;
}

/** `recordDepth` is 0 outside of a record: an element of the same name inside one is no record of its own. */
function leave(place: { readonly path: string[]; recordDepth: number }): void {
  if (place.path.length === place.recordDepth) place.recordDepth = 0;
  place.path.pop();
}

function isRecord(path: readonly string[], recordElement: string): boolean {
  return recordElement.includes('/') ? path.join('/') === recordElement : path.at(-1) === recordElement;
}
