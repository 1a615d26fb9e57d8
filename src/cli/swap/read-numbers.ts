import { wrongUsage } from '../wrong-usage.ts';

export function readCount(option: string, text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0) return count;
  throw wrongUsage(`${option} "${text}" is no number of runs.`, `write ${option} 10.`);
}

/** 0 to 1; `95%` is a share too. */
export function readShare(option: string, text: string): number {
  const [, digits, percent] = /^(\d*\.?\d+)(%?)$/.exec(text) ?? [];
  const share = Number(digits) / (percent === '%' ? 100 : 1);
  if (share >= 0 && share <= 1) return share;
  throw wrongUsage(`${option} "${text}" is no share.`, `write ${option} 0.95 or ${option} 95%.`);
}
