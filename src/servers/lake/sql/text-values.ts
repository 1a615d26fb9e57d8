/** Whether a text is a day as every reader understands it: `2026-01-31`. */
export function isDateText(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Whether a text is a moment without a zone, or a day: `2026-01-31 10:00:00.5`. */
export function isTimestampText(text: string): boolean {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})(?:[ T](.*))?$/s.exec(text) ?? [];
  if (day === undefined || !isDateText(day)) return false;
  return time === undefined || /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$/.test(time);
}

/** The moment in UTC, where it is also when the text names no zone: `2026-01-31T10:00:00.000Z`. */
export function instantOfText(text: string): string | undefined {
  const [, local = '', zone = 'Z'] = /^(.*?)(Z|[+-]\d{2}(?::?\d{2})?)?$/s.exec(text.trim()) ?? [];
  // A day has hyphens of its own: `2026-01-31` is no moment with the zone -31.
  if (isDateText(text.trim())) return `${text.trim()}T00:00:00.000Z`;
  if (!isTimestampText(local) || isDateText(local)) return undefined;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const moment = new Date(local.replace(' ', 'T') + offset);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
