/**
 * Places of the console as addresses: `#/c/{id}`, `#/board/{tab}/{row}`, `#/intents/{tab}/{row}`,
 * `#/customer/{id}`.
 */

export type BoardTab = "queues" | "representatives" | "deliveries";
export type IntentsTab = "library" | "mining" | "groups" | "versions" | "settings";

export type Place =
  | { view: "desk"; conversation: string | null }
  /** `row`: the queue or representative whose items are shown beside the table. */
  | { view: "board"; tab: BoardTab; row: string | null }
  /** `row`: the intent, the mining or the group that is shown beside the list. */
  | { view: "intents"; tab: IntentsTab; row: string | null }
  | { view: "customer"; conversation: string | null };

const INTENTS_TABS: readonly IntentsTab[] = ["library", "mining", "groups", "versions", "settings"];
/** Tabs whose rows cannot be opened. */
const ROWLESS: ReadonlySet<string> = new Set(["deliveries", "versions", "settings"]);
const TABS: readonly BoardTab[] = ["queues", "representatives", "deliveries"];

export const DESK: Place = { view: "desk", conversation: null };
export const BOARD: Place = { view: "board", tab: "queues", row: null };
export const INTENTS: Place = { view: "intents", tab: "library", row: null };
export const CUSTOMER: Place = { view: "customer", conversation: null };

/** Return the place that a location's hash names; what is not understood is the desk. */
export function placeOf(hash: string): Place {
  const [view, ...rest] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  switch (view) {
    case "c":
      return { view: "desk", conversation: rest.join("/") || null };
    case "customer":
      return { view: "customer", conversation: rest.join("/") || null };
    case "board": {
      const tab = TABS.find((name) => name === rest[0]) ?? "queues";
      return { view: "board", tab, row: rowIn(tab, rest) };
    }
    case "intents": {
      const tab = INTENTS_TABS.find((name) => name === rest[0]) ?? "library";
      return { view: "intents", tab, row: rowIn(tab, rest) };
    }
    default:
      return DESK;
  }
}

export function hashOf(place: Place): string {
  const named = (prefix: string, id: string | null): string =>
    id === null ? prefix : `${prefix}/${encodeURIComponent(id)}`;
  switch (place.view) {
    case "desk":
      return place.conversation === null ? "#/" : named("#/c", place.conversation);
    case "customer":
      return named("#/customer", place.conversation);
    case "board":
      return named(`#/board/${place.tab}`, place.row);
    case "intents":
      return named(`#/intents/${place.tab}`, place.row);
  }
}

function rowIn(tab: string, parts: readonly string[]): string | null {
  return (ROWLESS.has(tab) ? "" : parts.slice(1).join("/")) || null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
