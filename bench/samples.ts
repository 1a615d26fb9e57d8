/** The body of a sample by its size: rows that look like a vendor's feed, the same in every process. */
const bodies = new Map<number, string>();

let served = 0;

/** A tool's result of about `bytes` bytes. No two are equal, so that no log can keep one for many. */
export function sampleText(bytes: number, index: number): string {
  const body = bodies.get(bytes) ?? rows(bytes);
  bodies.set(bytes, body);
  served += 1;
  return `sample ${index}, reading ${process.pid}-${served}\n${body}`;
}

function rows(bytes: number): string {
  const lines: string[] = ['sku;name;brand;price;stock'];
  let length = 0;
  for (let row = 1; length < bytes - 70; row++) {
    const draw = (row * 2_654_435_761) % 4_294_967_296;
    const line = `V-${100_000 + row};Article no. ${draw % 900};Brand ${draw % 17};${(draw % 10_000) / 100};${draw % 250}`;
    lines.push(line);
    length += line.length + 1;
  }
  return lines.join('\n');
}
