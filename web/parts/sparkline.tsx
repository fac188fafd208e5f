/**
 * A small line of traffic: how much when, without axes. What it says is also said in words.
 */

export interface SparklineProps {
  /** One for each step of time, the oldest first. */
  readonly values: readonly number[];
  /** In words: `12 MB in the last hour`. */
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
}

export function Sparkline({ values, label, width = 96, height = 24 }: SparklineProps) {
  return (
    <svg
      class="sparkline"
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      <path d={areaPath(values, width, height)} fill="var(--accent-ground)" />
      <path d={linePath(values, width, height)} fill="none" stroke="var(--accent)" stroke-width="1.5" />
    </svg>
  );
}

export function linePath(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return '';
  const most = Math.max(...values, 1);
  return values
    .map((value, i) => {
      const x = (i / (values.length - 1)) * width;
      const y = height - 1 - (value / most) * (height - 2);
      return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

function areaPath(values: readonly number[], width: number, height: number): string {
  const line = linePath(values, width, height);
  return line === '' ? '' : `${line}L${width} ${height}L0 ${height}Z`;
}
