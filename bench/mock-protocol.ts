/** What every run must end with. */
export const finalText = '{"answer":"complete","samples":9}';

export interface MockStats {
  requests: number;
  bytesIn: number;
  /** CPU of the server's process so far. */
  cpuMs: number;
  /** Milliseconds since 1970, with fractions. */
  lastRequestAtMs: number;
}

export async function readStats(origin: string): Promise<MockStats> {
  const response = await fetch(`${origin}/stats`);
  return (await response.json()) as MockStats;
}
