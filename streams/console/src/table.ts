/** Long tables: filtered, sorted and cut into pages before anything is drawn; pure. */

export type Direction = "ascending" | "descending";

export interface Order {
  column: string;
  direction: Direction;
}

export type Value = string | number | null;

export interface View<Row> {
  rows: Row[];
  /** How many match the filter, on all pages. */
  total: number;
  /** Counting from 0; the last one when fewer are left than asked for. */
  page: number;
  pages: number;
}

export const ROWS_A_PAGE = 50;

/** Return the page of `rows` that is to be drawn. Equal values stay in the order of `tie`. */
export function viewOf<Row>(
  rows: readonly Row[],
  given: {
    matches: (row: Row) => boolean;
    value: (row: Row, column: string) => Value;
    tie: (row: Row) => string;
    order: Order;
    page: number;
    size?: number;
  },
): View<Row> {
  const size = given.size ?? ROWS_A_PAGE;
  const { column, direction } = given.order;
  const sign = direction === "ascending" ? 1 : -1;
  const found = rows.filter(given.matches).map((row) => ({
    row,
    value: given.value(row, column),
    tie: given.tie(row),
  }));
  found.sort(
    (left, right) => compared(left.value, right.value, sign) || (left.tie < right.tie ? -1 : 1),
  );
  const pages = Math.max(1, Math.ceil(found.length / size));
  const page = Math.min(Math.max(0, given.page), pages - 1);
  return {
    rows: found.slice(page * size, (page + 1) * size).map(({ row }) => row),
    total: found.length,
    page,
    pages,
  };
}

/** Return the order after somebody pressed the head of `column`. */
export function turned(order: Order, column: string, first: Direction): Order {
  if (order.column !== column) return { column, direction: first };
  return { column, direction: order.direction === "ascending" ? "descending" : "ascending" };
}

/** Return whether all words of `filter` occur in `texts`. */
export function contains(texts: readonly (string | null)[], filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const whole = texts.join(" ").toLowerCase();
  return words.every((word) => whole.includes(word));
}

/** What is not known comes last, whichever way the table is sorted. */
function compared(left: Value, right: Value, sign: 1 | -1): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  if (typeof left === "number" && typeof right === "number") return sign * (left - right);
  return sign * collator.compare(String(left), String(right));
}

/** Made once: with thousands of rows, a comparison that looks up its rules each time is felt. */
const collator = new Intl.Collator(undefined, { numeric: true });
