/** What is asked of a figure. */
export type Aim = { readonly atMost: number } | { readonly under: number } | { readonly exactly: number };

export function showAim(aim: Aim | undefined): string {
  if (aim === undefined) return '';
  if ('atMost' in aim) return `at most ${aim.atMost}`;
  return 'under' in aim ? `under ${aim.under}` : String(aim.exactly);
}

/** Judged by the figure itself, not by what is shown of it: 1.4004 is shown as 1.40 and misses 1.4. */
export function verdictOf(
  value: number | undefined,
  aim: Aim | undefined,
): 'met' | 'MISSED' | 'not measured' | '' {
  if (aim === undefined) return '';
  if (value === undefined || Number.isNaN(value)) return 'not measured';
  return holds(value, aim) ? 'met' : 'MISSED';
}

function holds(value: number, aim: Aim): boolean {
  if ('atMost' in aim) return value <= aim.atMost;
  return 'under' in aim ? value < aim.under : value === aim.exactly;
}

export interface Figure {
  readonly name: string;
  readonly aim?: Aim;
  readonly value: number | undefined;
}

/** The table of docs/benchmarks.md. */
export function tableOf(figures: readonly Figure[]): string[] {
  return [
    '| figure | aim | measured | met |',
    '| --- | --- | --: | --- |',
    ...figures.map(
      ({ name, aim, value }) =>
        `| ${name} | ${showAim(aim)} | ${showFigure(value)} | ${verdictOf(value, aim)} |`,
    ),
  ];
}

function showFigure(value: number | undefined): string {
  return value === undefined ? '-' : value >= 100 ? value.toFixed(0) : value.toFixed(1 + Number(value < 10));
}
