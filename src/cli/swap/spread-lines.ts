import type { Paired, Spread } from '../../engine/swap/spread.ts';
import type { SwapReport } from '../../engine/swap/swap-report.ts';
import { formatDuration } from '../render/duration.ts';
import { renderTable } from '../render/table.ts';
import { formatCount } from '../render/tokens.ts';

/** One line per figure: then, now, and how the cases differ one by one (median, and the middle half of them). */
export function spreadLines({
  costUsd,
  latencyMs,
  inputTokens,
  outputTokens,
}: SwapReport['spent']): string[] {
  return renderTable([
    row('cost', costUsd, dollars),
    row('model time', latencyMs, formatDuration),
    row('tokens in', inputTokens, tokens),
    row('tokens out', outputTokens, tokens),
  ]);
}

type Format = (value: number) => string;

function row(name: string, { was, now, delta, unknown }: Paired, format: Format): string[] {
  if (!was || !now || !delta) return [name, 'not known'];
  const rest = unknown === 0 ? '' : `${unknown} not known`;
  return [name, whole(was, format), '->', whole(now, format), `case by case ${middle(delta, format)}`, rest];
}

const whole = ({ median, min, max }: Spread, format: Format): string =>
  min === max ? format(median) : `${format(median)} (${format(min)} to ${format(max)})`;

const middle = ({ median, q1, q3 }: Spread, format: Format): string =>
  q1 === q3
    ? signed(median, format)
    : `${signed(median, format)} (half of them ${signed(q1, format)} to ${signed(q3, format)})`;

const signed = (value: number, format: Format): string =>
  `${value < 0 ? '-' : '+'}${format(Math.abs(value))}`;

const tokens: Format = (value) => formatCount(Math.round(value));

/** Three figures: single cases cost fractions of a cent. */
const dollars: Format = (usd) =>
  `$${usd === 0 ? '0' : usd >= 1 ? usd.toFixed(2) : Number(usd.toPrecision(3)).toString()}`;
