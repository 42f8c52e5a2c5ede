/** What an element wants done about a work item; the shell has the dialogs for it. */

import type { Item } from "./routing";

export type Wish =
  | { kind: "open"; item_id: string }
  | { kind: "why"; item: Item }
  | { kind: "transfer"; item: Item }
  | { kind: "consult"; item: Item }
  | { kind: "assign"; item: Item }
  | { kind: "observe"; verb: Observation; item: Item }
  | { kind: "close"; item: Item };

/** What a supervisor does beside a representative; leaving ends both others. */
export type Observation = "monitor" | "join" | "leave";

/** Tell the shell. */
export function wish(from: HTMLElement, detail: Wish): void {
  from.dispatchEvent(new CustomEvent<Wish>("wish", { detail, bubbles: true, composed: true }));
}
