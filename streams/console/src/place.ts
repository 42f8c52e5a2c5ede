/** Places of the console as addresses: `#/c/{id}`, `#/board/{tab}/{row}`, `#/customer/{id}`. */

export type BoardTab = "queues" | "representatives" | "deliveries";

export type Place =
  | { view: "desk"; conversation: string | null }
  /** `row`: the queue or representative whose items are shown beside the table. */
  | { view: "board"; tab: BoardTab; row: string | null }
  | { view: "customer"; conversation: string | null };

const TABS: readonly BoardTab[] = ["queues", "representatives", "deliveries"];

export const DESK: Place = { view: "desk", conversation: null };
export const BOARD: Place = { view: "board", tab: "queues", row: null };
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
      const row = tab === "deliveries" ? "" : rest.slice(1).join("/");
      return { view: "board", tab, row: row || null };
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
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
