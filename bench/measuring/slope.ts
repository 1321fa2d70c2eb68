/** By how much `y` grows for each `x`, by least squares; NaN for fewer than two values of `x`. */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [middleX, middleY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const covariance = mean(({ x, y }) => (x - middleX) * (y - middleY));
  const variance = mean(({ x }) => (x - middleX) ** 2);
  return variance > 0 ? covariance / variance : Number.NaN;
}
