/** `640 B`, `12.3 kB`, `1.8 GB`. */
export function formatBytes(count: number): string {
  const steps = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
  let [size, step] = [count, 0];
  while (size >= 999.5 && step < steps.length - 1) {
    size /= 1000;
    step++;
  }
  return `${step === 0 ? size : size.toFixed(1)} ${steps[step]}`;
}
