const newline = 0x0a;
// Where JSON-RPC's `id` stands: at the beginning or at the end, never inside the result.
const edgeBytes = 1024;

export type Line =
  | { readonly kind: 'text'; readonly text: string }
  /** Longer than is kept: only its edges, which tell which request it answers. */
  | { readonly kind: 'too-long'; readonly bytes: number; readonly head: string; readonly tail: string };

/**
 * Cuts a byte stream into lines and keeps at most `maxBytes` of one. Chunks are joined once per line, so a long line
 * costs its length and not its square; what goes beyond is counted and dropped as it arrives.
 */
export function createLineSplitter(maxBytes: number): (chunk: Buffer) => Line[] {
  let kept: Buffer[] = [];
  let bytes = 0;
  let tail: Buffer = Buffer.alloc(0);

  function add(part: Buffer): void {
    const before = bytes;
    bytes += part.length;
    if (bytes <= maxBytes) {
      kept.push(part);
      return;
    }
    const whole = before <= maxBytes ? Buffer.concat([...kept, part]) : undefined;
    // Copies: a view of the few bytes would keep all the others alive.
    if (whole) kept = [Buffer.from(whole.subarray(0, edgeBytes))];
    tail = Buffer.from((whole ?? Buffer.concat([tail, part.subarray(-edgeBytes)])).subarray(-edgeBytes));
  }

  function end(): Line {
    const whole = Buffer.concat(kept);
    const line: Line =
      bytes <= maxBytes
        ? { kind: 'text', text: whole.toString('utf8') }
        : {
            kind: 'too-long',
            bytes,
            head: whole.toString('utf8', 0, edgeBytes),
            tail: tail.toString('utf8'),
          };
    kept = [];
    bytes = 0;
    tail = Buffer.alloc(0);
    return line;
  }

  return (chunk) => {
    const lines: Line[] = [];
    let start = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, at));
      lines.push(end());
      start = at + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
    return lines;
  };
}

/**
 * The id of a JSON-RPC message of which only the edges are known. Inside a string every quote is escaped and inside an
 * object the text ends in more than one brace, so a result cannot pretend to be another request's.
 */
export function requestIdAtEdge(edges: { readonly head: string; readonly tail: string }): number | undefined {
  const version = '"jsonrpc"\\s*:\\s*"2\\.0"';
  const first = new RegExp(`^\\s*\\{\\s*(?:${version}\\s*,\\s*)?"id"\\s*:\\s*(\\d+)\\s*,`).exec(edges.head);
  const last = new RegExp(`,\\s*"id"\\s*:\\s*(\\d+)\\s*(?:,\\s*${version}\\s*)?\\}\\s*$`).exec(edges.tail);
  const found = first?.[1] ?? last?.[1];
  return found === undefined ? undefined : Number(found);
}
