/** Work items and offers as a representative looks at them; pure. */

import { isAbove } from "./desk";
import type {
  DeskAnswer,
  Fact,
  Item,
  Offer,
  Presence,
  QueueRow,
  RepresentativeRow,
  RoutingChange,
  Stamp,
} from "./routing";
import type { Observation } from "./wishes";

export const PRESENCES: readonly Presence[] = [
  "available",
  "busy",
  "do_not_disturb",
  "away",
  "offline",
];

/** What a representative has to do, in the order of urgency. */
export interface Inbox {
  offers: readonly Offer[];
  active: readonly Item[];
  waiting: readonly Item[];
  wrapUp: readonly Item[];
  /** In a queue where representatives pick by themselves. */
  open: readonly Item[];
  /** Somebody else's, about which one is asked. */
  asked: readonly Item[];
}

export const NO_WORK: Inbox = { offers: [], active: [], waiting: [], wrapUp: [], open: [], asked: [] };

/** Return the desk's work sorted: the offer that ends first on top, then the oldest of each state. */
export function inboxOf(desk: DeskAnswer | null): Inbox {
  if (desk === null) return NO_WORK;
  const offers = [...desk.offers].sort(
    (left, right) => left.deadline_ms - right.deadline_ms || (left.offer_id < right.offer_id ? -1 : 1),
  );
  const inState = (state: Item["state"]): Item[] =>
    oldestFirst(desk.items.filter((item) => item.state === state && !isAsked(item)));
  const oldestFirst = (items: Item[]): Item[] =>
    items.sort(
        (left, right) =>
          (left.accepted_at_ms ?? left.arrived_at_ms) -
            (right.accepted_at_ms ?? right.arrived_at_ms) ||
          (left.item_id < right.item_id ? -1 : 1),
    );
  return {
    offers,
    active: inState("active"),
    waiting: inState("waiting"),
    wrapUp: inState("wrap_up"),
    open: inState("open"),
    asked: oldestFirst(desk.items.filter(isAsked)),
  };
}

/** Return whether one is only asked about an item of one's desk. */
export function isAsked(item: Item): boolean {
  return item.role === "consult";
}

/** Return how `user` observes an item: `monitor`, `join`, or null for not at all. */
export function observedAs(item: Item, user: string): string | null {
  const mine = item.observers.find((one) => one.slice(one.indexOf(":") + 1) === user);
  return mine === undefined ? null : mine.slice(0, mine.indexOf(":"));
}

/** Return whether the signed-in user is a representative of the routing setup. */
export function isSetUp(desk: DeskAnswer | null): boolean {
  return desk?.representative != null && desk.representative.is_set_up !== false;
}

/** Return the offers of `after` that `before` did not have. */
export function newOffers(before: DeskAnswer | null, after: DeskAnswer): Offer[] {
  const known = new Set(before?.offers.map((offer) => offer.offer_id));
  return after.offers.filter((offer) => !known.has(offer.offer_id));
}

/** Return how much of an offer's time is left, from 1 to 0. */
export function shareLeft(offer: Offer, nowMs: number): number {
  const wholeMs = offer.deadline_ms - offer.offered_at_ms;
  if (wholeMs <= 0) return 0;
  return Math.min(1, Math.max(0, (offer.deadline_ms - nowMs) / wholeMs));
}

/** Return the whole seconds left, rounded up: it says 1 until nothing is left. */
export function secondsLeft(deadlineMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((deadlineMs - nowMs) / 1_000));
}

/** Return for how long an item has waited, now or until it was accepted. */
export function waitedMs(item: Item, nowMs: number): number {
  if (item.accepted_at_ms !== null) {
    return item.waited_ms ?? Math.max(0, item.accepted_at_ms - item.arrived_at_ms);
  }
  return Math.max(0, nowMs - (item.queued_at_ms ?? item.arrived_at_ms), item.waited_ms ?? 0);
}

/** Return what a supervisor can do beside the representative of an item. */
export function observing(
  item: Item,
  user: string,
): readonly { verb: Observation; words: string; title: string }[] {
  const isServed = item.state === "active" || item.state === "wrap_up";
  if (!isServed || item.representative_id === user) return [];
  const how = observedAs(item, user);
  const leave = { verb: "leave", words: "Leave", title: "Watch no longer" } as const;
  const join = { verb: "join", words: "Join", title: "Take part; the customer is told" } as const;
  const monitor = { verb: "monitor", words: "Monitor", title: "Read along without being seen" } as const;
  return how === null ? [monitor, join] : how === "monitor" ? [join, leave] : [leave];
}

export function skillNames(item: Item): string[] {
  return item.skills.map((skill) =>
    typeof skill === "string" ? skill : skill.level === null ? skill.id : `${skill.id} ${skill.level}`,
  );
}

/** Return the moment that a stamp stands for, or null when it names none. */
export function momentOf(stamp: Stamp | undefined): number | null {
  if (stamp === undefined) return null;
  if (typeof stamp === "number") return stamp;
  const moments = stamp.map(({ stream_time_ms }) => stream_time_ms).filter((atMs) => atMs > 0);
  return moments.length === 0 ? null : Math.max(...moments);
}

/** Return whether `change` is newer than an answer with `stamp`. */
export function isNewer(change: RoutingChange, stamp: Stamp | undefined): boolean {
  return !Array.isArray(stamp) || isAbove(change, stamp);
}

/** Return a change's value if it is a queue as the API lists it. */
export function queueIn(value: unknown): QueueRow | null {
  return has(value, { queue_id: "string", name: "string", waiting: "number", is_open: "boolean" })
    ? (value as unknown as QueueRow)
    : null;
}

/** Return a change's value if it is a representative as the API lists them. */
export function representativeIn(value: unknown): RepresentativeRow | null {
  const shape = { id: "string", name: "string", presence: "string", units_total: "number" } as const;
  return has(value, shape) ? (value as unknown as RepresentativeRow) : null;
}

/** Return `rows` with `row` in the place of the one with its id, or behind them. */
export function withRow<Row>(rows: readonly Row[], row: Row, idOf: (row: Row) => string): Row[] {
  const id = idOf(row);
  const at = rows.findIndex((other) => idOf(other) === id);
  return at < 0 ? [...rows, row] : rows.with(at, row);
}

export function itemCount(row: RepresentativeRow): number {
  return typeof row.items === "number" ? row.items : row.items.length;
}

/** Return a fact as people read it. */
export function factWords(fact: Fact | undefined): string {
  if (fact === null || fact === undefined || fact === "") return "–";
  if (typeof fact === "boolean") return fact ? "yes" : "no";
  if (typeof fact === "number") return Number.isInteger(fact) ? String(fact) : fact.toFixed(3);
  if (typeof fact === "string") return fact;
  if (Array.isArray(fact)) return fact.length === 0 ? "–" : fact.map(factWords).join(", ");
  const parts = Object.entries(fact).map(([name, value]) => `${name} ${factWords(value)}`);
  return parts.length === 0 ? "–" : parts.join(", ");
}

function has(value: unknown, shape: Record<string, string>): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  return Object.entries(shape).every(([name, type]) => typeof fields[name] === type);
}
