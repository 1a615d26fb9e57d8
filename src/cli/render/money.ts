import type { CostUsd } from '../../domain/usage.ts';

/** `unknown` is not free. Below a cent more digits are shown: most single calls cost less. */
export function formatCost(costUsd: CostUsd): string {
  if (costUsd === null) return 'unknown cost';
  if (costUsd === 0) return '$0';
  if (costUsd < 0.00005) return '<$0.0001';
  return `$${costUsd.toFixed(costUsd < 1 ? 4 : 2)}`;
}
