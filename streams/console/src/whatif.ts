/** Which inputs of a recorded decision can be changed, and what was changed about them; pure. */

import type { Changes, Decision, Fact, Verdict } from "./routing";

/** One input as a field: where it stands, and the text in it. */
export interface Input {
  /** Representative, or null for the item. */
  of: string | null;
  /** Names from the outermost fact inwards. */
  path: readonly string[];
  label: string;
  kind: "number" | "text" | "presence" | "list" | "map" | "flag" | "moment";
  recorded: string;
  /** People ask about these first. */
  isMain: boolean;
}

type Facts = Record<string, Fact>;

const MAIN_OF_ITEM = ["skills", "units", "profiles", "allowed_presences"];
const MAIN_OF_CANDIDATE = [
  "presence",
  "units_used",
  "units_total",
  "skills",
  "last_assigned_at_ms",
];
const FIXED = new Set(["representative_id", "id", "name", "item_id", "tenant"]);

/** Return the fields for a candidate, those that are asked about most first. */
export function candidateInputs(candidate: Verdict): Input[] {
  return inputs(candidate.representative_id, candidate.facts, MAIN_OF_CANDIDATE);
}

/** Return the fields for what the item needs. */
export function itemInputs(decision: Decision): Input[] {
  return inputs(null, factsOf(decision, null), MAIN_OF_ITEM);
}

/** Return the key that tells an input apart from all others. */
export function inputKey(input: Input): string {
  return JSON.stringify([input.of, ...input.path]);
}

/** Return the inputs that `texts` (by `inputKey`) says something else about than was recorded. */
export function changedInputs(
  fields: readonly Input[],
  texts: ReadonlyMap<string, string>,
): Input[] {
  return fields.filter((input) => (texts.get(inputKey(input)) ?? input.recorded) !== input.recorded);
}

/** Return what `texts` changes about the recorded facts; of a map, the entries that change. */
export function changesIn(
  decision: Decision,
  fields: readonly Input[],
  texts: ReadonlyMap<string, string>,
): Changes {
  const changes: Changes = {};
  for (const input of changedInputs(fields, texts)) {
    const recorded = at(factsOf(decision, input.of), input.path);
    put(targetOf(changes, input.of), input.path, parsed(texts.get(inputKey(input)) ?? "", input, recorded));
  }
  return changes;
}

/** Return whether nothing was changed. */
export function isEmpty(changes: Changes): boolean {
  return changes.item === undefined && changes.candidates === undefined;
}

/** Return a moment as a `datetime-local` field takes it, to the second. */
export function localText(atMs: number): string {
  const local = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

function inputs(of: string | null, facts: Facts, main: readonly string[]): Input[] {
  const rank = (name: string): number => (main.includes(name) ? main.indexOf(name) : main.length);
  return Object.keys(facts)
    .filter((name) => !FIXED.has(name))
    .sort((left, right) => rank(left) - rank(right) || (left < right ? -1 : 1))
    .flatMap((name) => fieldsOf(of, [name], facts[name] ?? null, main.includes(name)));
}

function fieldsOf(of: string | null, path: readonly string[], fact: Fact, isMain: boolean): Input[] {
  const name = path.at(-1) ?? "";
  const field = (kind: Input["kind"], recorded: string): Input[] => [
    { of, path, label: labelOf(path), kind, recorded, isMain },
  ];
  if (isMap(fact)) {
    const values = Object.values(fact);
    if (values.every((value) => typeof value === "number")) return field("map", mapText(fact));
    return Object.entries(fact).flatMap(([entry, value]) =>
      fieldsOf(of, [...path, entry], value, isMain),
    );
  }
  if (Array.isArray(fact)) {
    const isPlain = fact.every((value) => typeof value !== "object" || value === null);
    return isPlain ? field("list", fact.join(", ")) : [];
  }
  if (name === "presence") return field("presence", String(fact ?? ""));
  if (name.endsWith("_at_ms") && typeof fact !== "string" && typeof fact !== "boolean") {
    // 0 stands for never.
    return field("moment", fact ? localText(fact) : "");
  }
  if (typeof fact === "boolean") return field("flag", String(fact));
  if (typeof fact === "number") return field("number", String(fact));
  return field("text", fact ?? "");
}

/** Return a name without the unit it ends with: `waited_ms` as `waited`. */
export function unitless(name: string): string {
  return name.replace(/(?:_at)?_ms$/, "");
}

function labelOf(path: readonly string[]): string {
  return path.map((part) => unitless(part).replaceAll("_", " ")).join(", ");
}

function parsed(text: string, input: Input, recorded: Fact | undefined): Fact {
  const trimmed = text.trim();
  switch (input.kind) {
    case "number":
      return trimmed === "" || Number.isNaN(Number(trimmed)) ? null : Number(trimmed);
    case "moment": {
      const atMs = new Date(trimmed).getTime();
      return Number.isNaN(atMs) ? (recorded === null ? null : 0) : atMs;
    }
    case "flag":
      return trimmed === "true";
    case "list":
      return trimmed.split(",").map((part) => part.trim()).filter(Boolean);
    case "map":
      return mapChanges(trimmed, isMap(recorded) ? recorded : {});
    default:
      return trimmed === "" && (recorded === null || recorded === undefined) ? null : trimmed;
  }
}

function mapText(map: Facts): string {
  return Object.entries(map)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(", ");
}

/** Return the entries of `billing: 3, english` that differ from `recorded`; null removes one. */
function mapChanges(text: string, recorded: Facts): Facts {
  const wanted = new Map<string, number>();
  for (const part of text.split(",")) {
    const [, name = "", level = "0"] = /^\s*(.*?)\s*(?:[:= ]\s*([\d.]+)\s*)?$/.exec(part) ?? [];
    if (name !== "") wanted.set(name, Number(level));
  }
  const changes: Facts = {};
  for (const [name, value] of wanted) if (recorded[name] !== value) changes[name] = value;
  for (const name of Object.keys(recorded)) if (!wanted.has(name)) changes[name] = null;
  return changes;
}

function factsOf(decision: Decision, of: string | null): Facts {
  if (of !== null) {
    return decision.candidates.find((row) => row.representative_id === of)?.facts ?? {};
  }
  const item = decision.question.item;
  return isMap(item) ? item : {};
}

function targetOf(changes: Changes, of: string | null): Facts {
  if (of === null) return (changes.item ??= {});
  const candidates = (changes.candidates ??= {});
  return (candidates[of] ??= {});
}

function at(facts: Facts, path: readonly string[]): Fact | undefined {
  let found: Fact | undefined = facts;
  for (const name of path) found = isMap(found) ? found[name] : undefined;
  return found;
}

function put(facts: Facts, path: readonly string[], value: Fact): void {
  let target = facts;
  for (const name of path.slice(0, -1)) {
    const inner: Fact | undefined = target[name];
    const next: Facts = isMap(inner) ? inner : {};
    target[name] = next;
    target = next;
  }
  target[path.at(-1) ?? ""] = value;
}

function isMap(fact: Fact | undefined): fact is Facts {
  return typeof fact === "object" && fact !== null && !Array.isArray(fact);
}
