/** A name as Avro allows it, in the way that all writers of the format spell it: `vendor name` is `vendor_x20name`. */
export function avroName(name: string): string {
  return [...name].map((character, index) => avroCharacter(character, index === 0)).join('');
}

function avroCharacter(character: string, isFirst: boolean): string {
  if (/[A-Za-z_]/.test(character)) return character;
  if (/\d/.test(character)) return isFirst ? `_${character}` : character;
  return `_x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`;
}
