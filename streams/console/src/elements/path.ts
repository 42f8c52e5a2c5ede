/** Values as the path of a line; pure. */

/** Return the points of a line that fills `width` by `height`; pure. */
export function linePath(
  values: readonly number[],
  width: number,
  height: number,
  most = Math.max(1, ...values),
): string {
  if (values.length === 0) return "";
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const points = values.map((value, at) => {
    const x = (at * step).toFixed(1);
    const y = (height - (Math.min(value, most) / most) * height).toFixed(1);
    return `${x} ${y}`;
  });
  const path = `M${points.join("L")}`;
  // One value alone is a level line: a point would not be seen.
  return values.length === 1 ? `${path}H${width}` : path;
}
