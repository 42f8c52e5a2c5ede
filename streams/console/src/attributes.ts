/** A list of attributes while somebody edits it; pure. */

import type { Attribute, ValueKind } from "./library";

export const KINDS: Record<ValueKind, string> = {
  string: "Text",
  number: "Number",
  date: "Date",
  boolean: "Yes or no",
  enum: "One of a list",
};

export const INSTRUCTIONS_MAX = 2_000;
export const LINE_INSTRUCTIONS_MAX = 4_000;

/** Return `rows` with the one at `from` moved to `to`; places that do not exist change nothing. */
export function moved<Row>(rows: readonly Row[], from: number, to: number): Row[] {
  const row = rows[from];
  if (row === undefined || to < 0 || to >= rows.length) return [...rows];
  const others = rows.filter((_, at) => at !== from);
  return [...others.slice(0, to), row, ...others.slice(to)];
}

/** Return an empty attribute with an id that no other has. */
export function freshAttribute(rows: readonly Attribute[]): Attribute {
  const ids = new Set(rows.map(({ attribute_id: id }) => id));
  let number = rows.length + 1;
  while (ids.has(`attribute_${number}`)) number += 1;
  return {
    attribute_id: `attribute_${number}`,
    name: "",
    kind: "string",
    question: "",
    recogniser: "",
    values: [],
    cues: [],
    is_required: true,
    position: 0,
    asked_share: 0,
  };
}

/** Return what is wrong with the list as a sentence; null: nothing. */
export function attributesProblem(rows: readonly Attribute[]): string | null {
  const names = new Set<string>();
  for (const { name, question, kind, values } of rows) {
    const words = name.trim().toLowerCase();
    if (words === "") return "Every attribute needs a name.";
    if (names.has(words)) return `Two attributes are called “${name.trim()}”.`;
    if (question.trim() === "") return `“${name.trim()}” needs a question that asks for it.`;
    if (kind === "enum" && values.length < 2) return `“${name.trim()}” needs at least two values to choose from.`;
    names.add(words);
  }
  return null;
}

/** Return what is between commas or line ends, each once. */
export function listed(text: string): string[] {
  return [...new Set(text.split(/[,\n]/).map((part) => part.trim()).filter(Boolean))];
}

/** Return how many characters are left; negative: too many. Counted as people count them. */
export function charactersLeft(text: string, most: number): number {
  return most - Array.from(text).length;
}

/** Say how many characters are left. */
export function leftWords(left: number): string {
  const count = `${Math.abs(left).toLocaleString()} character${Math.abs(left) === 1 ? "" : "s"}`;
  return left < 0 ? `${count} too many` : `${count} left`;
}

/** Return `given` without what `saved` has already: a command names only what it changes. */
export function changesOf<Row extends object>(given: Partial<Row>, saved: Row | undefined): Partial<Row> {
  if (saved === undefined) return given;
  const isSame = (name: string): boolean =>
    JSON.stringify(given[name as keyof Row]) === JSON.stringify(saved[name as keyof Row]);
  return Object.fromEntries(Object.entries(given).filter(([name]) => !isSame(name))) as Partial<Row>;
}

/** Return `language=de, country=AT` as fields and values; null when it cannot be read. */
export function conditionsOf(text: string): Record<string, string> | null {
  const conditions: Record<string, string> = {};
  for (const part of listed(text)) {
    const [field = "", ...values] = part.split("=");
    const value = values.join("=").trim();
    if (field.trim() === "" || value === "") return null;
    conditions[field.trim()] = value;
  }
  return conditions;
}

export function conditionWords(conditions: Record<string, string>): string {
  return Object.entries(conditions)
    .map(([field, value]) => `${field}=${value}`)
    .join(", ");
}
