import type { Json } from '../../domain/json.ts';
import { HelperFailure, kindOf } from './helper.ts';

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const tokenPattern = /YYYY|MM|DD|HH|mm|ss|SSS|\[([^\]]*)\]/g;

/**
 * An ISO 8601 date or milliseconds since 1970, in UTC. There is no "now": a template gives the same text whenever
 * it is rendered, or a replay would differ from its run. `run.startedAt` is the run's own time.
 */
export function formatDate(value: Json, format: string): string {
  const date = dateOf(value);
  const pad = (part: number, width = 2) => String(part).padStart(width, '0');
  const parts: Readonly<Record<string, string>> = {
    YYYY: pad(date.getUTCFullYear(), 4),
    MM: pad(date.getUTCMonth() + 1),
    DD: pad(date.getUTCDate()),
    HH: pad(date.getUTCHours()),
    mm: pad(date.getUTCMinutes()),
    ss: pad(date.getUTCSeconds()),
    SSS: pad(date.getUTCMilliseconds(), 3),
  };
  return format.replace(tokenPattern, (token, literal?: string) => literal ?? parts[token] ?? token);
}

function dateOf(value: Json): Date {
  if (typeof value === 'number') {
    const date = new Date(value);
    if (!Number.isNaN(date.getTime())) return date;
  }
  const date = typeof value === 'string' ? parseIso(value) : undefined;
  if (date) return date;
  throw new HelperFailure(`takes an ISO 8601 date or milliseconds since 1970, not ${kindOf(value)}`);
}

// Date.parse also takes "1", "Friday" and 31 February; a date that no calendar has is an error in the data.
function parseIso(text: string): Date | undefined {
  const match = isoPattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const date = new Date(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`,
  );
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number.isNaN(date.getTime()) || Number(day) > daysInMonth ? undefined : date;
}
