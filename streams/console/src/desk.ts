/**
 * What the Agent desktop knows, and how snapshots and changes are merged into it.
 *
 * Rows are replaced whole and by key, so applying a change twice, or one that a snapshot already
 * holds, changes nothing. Nothing here fetches: what a merge cannot settle it returns as a `Repair`.
 */

import type {
  AsOf,
  Author,
  Change,
  ConversationPage,
  ConversationView,
  NothingFoundView,
  RecommendationPage,
  RecommendationView,
  TurnView,
  Visibility,
} from "./contracts";
import type { ConversationIntent } from "./library";
import type { Handoff } from "./routing";

/** A turn of ours that the log has not given back yet. */
export interface PendingTurn {
  turn_id: string;
  text: string;
  author: Author;
  visibility: Visibility;
  at_ms: number;
  /** The ownership under which it was written; 0: it does not matter. */
  epoch: number;
  failure: string | null;
  /** It cannot be sent again. */
  isFinal: boolean;
}

/** Everything beside the head of one open conversation. */
export interface Detail {
  isLoaded: boolean;
  turns: readonly TurnView[];
  pending: readonly PendingTurn[];
  recommendations: readonly RecommendationView[];
  nothingFound: readonly NothingFoundView[];
  /** The newest hand-off; null when there was none. */
  handoff: Handoff | null;
  /** What the customer wants; null: nothing is known of that here. */
  intent: ConversationIntent | null;
  /** Dismissed here, not yet gone from the log's view. */
  leaving: ReadonlySet<string>;
  /** Came in while the page was open and was not touched yet. */
  fresh: ReadonlySet<string>;
  /** Row key to recommendation id: a removal names only the key. */
  ids: ReadonlyMap<string, string>;
  /** How far the last snapshot had read; changes up to there are in it already. */
  turnsAsOf: readonly AsOf[];
  recommendationsAsOf: readonly AsOf[];
  intentAsOf: readonly AsOf[];
}

export const UNLOADED: Detail = {
  isLoaded: false,
  turns: [],
  pending: [],
  recommendations: [],
  nothingFound: [],
  handoff: null,
  intent: null,
  leaving: new Set(),
  fresh: new Set(),
  ids: new Map(),
  turnsAsOf: [],
  recommendationsAsOf: [],
  intentAsOf: [],
};

/** What has to be fetched because a change alone does not say enough. */
export type Repair = "turns" | "recommendations" | null;

/**
 * Changes that arrive while a snapshot is on its way.
 *
 * They are applied once more on top of the answer, so that a slow answer cannot undo a newer change;
 * those the answer holds already are told by its `as_of` and dropped.
 */
export class Journal {
  private readonly changes: Change[] = [];
  private readers = 0;

  record(change: Change): void {
    if (this.readers > 0) this.changes.push(change);
  }

  /** Run `fetch` and return its answer with the changes that arrived meanwhile. */
  async during<T>(fetch: () => Promise<T>): Promise<[T, Change[]]> {
    const start = this.changes.length;
    this.readers += 1;
    try {
      const answer = await fetch();
      return [answer, this.changes.slice(start)];
    } finally {
      this.readers -= 1;
      if (this.readers === 0) this.changes.length = 0;
    }
  }
}

/** Where on a partition's log something counts up to. */
export interface Position {
  partition: number;
  next: number;
}

/** Return whether a snapshot that had read up to `asOf` may have missed `change`. */
export function isAbove(change: Position, asOf: readonly AsOf[]): boolean {
  const position = asOf.find(({ partition }) => partition === change.partition);
  return position === undefined || change.next > position.next;
}

/** Return how far two snapshots taken together have read: as far as the one that read less. */
export function common(left: readonly AsOf[], right: readonly AsOf[]): AsOf[] {
  return left.flatMap((one) => {
    const other = right.find(({ partition }) => partition === one.partition);
    return other === undefined ? [] : [one.next <= other.next ? one : other];
  });
}

export function isEnded(conversation: ConversationView): boolean {
  return conversation.ended_at_ms !== null || conversation.state === "ended";
}

/** Return whether `user` has accepted the conversation and may answer the customer. */
export function isServedBy(user: string, conversation: ConversationView): boolean {
  const { owner_kind: kind, owner_id: id, accepted_at_ms: accepted } = conversation;
  return kind === "representative" && id === user && accepted !== null;
}

/** Return whether `user` serves the conversation, is asked to, or took part in it. */
export function concerns(user: string, conversation: ConversationView): boolean {
  const { owner_kind: kind, owner_id: id, access } = conversation;
  return (kind === "representative" && id === user) || access.participants.includes(user);
}

export function isWaiting(conversation: ConversationView): boolean {
  return !isEnded(conversation) && conversation.accepted_at_ms === null;
}

/** Return whether routing decides who gets the conversation, now or once its bot hands it off. */
export function isRouted(conversation: ConversationView): boolean {
  return conversation.is_routed === true || (conversation.handoff_state ?? "") !== "";
}

/**
 * Return the pending turns that the log refuses: said under an ownership that has passed on, or
 * after the end. One that was let in before that is in the transcript already, or about to be.
 */
export function refusedTurns(detail: Detail, row: ConversationView): PendingTurn[] {
  return detail.pending.filter(
    ({ epoch, failure }) =>
      failure === null && (isEnded(row) || (epoch > 0 && epoch < row.ownership_epoch)),
  );
}

/** Return who has a conversation, as a sentence for whoever had it before. */
export function whoHas(row: ConversationView): string {
  const { owner_kind: kind, owner_name: name, owner_id: id } = row;
  if (isEnded(row)) return "This conversation has ended.";
  if (kind === "representative") return `${name ?? id ?? "Somebody else"} has this conversation now.`;
  if (kind === "bot") return `${id ?? "The bot"} has this conversation now.`;
  return "This conversation is back in a queue.";
}

/** Return whether `user` may accept: nobody has, and it is not for a bot, routing or somebody else. */
export function isAcceptableBy(user: string, conversation: ConversationView): boolean {
  const { owner_kind: kind, owner_id: id } = conversation;
  if (!isWaiting(conversation) || isRouted(conversation) || conversation.bot_id) return false;
  return kind !== "representative" || id === user;
}

export function lastActivityMs(conversation: ConversationView): number {
  return Math.max(conversation.last_turn_at_ms, conversation.opened_at_ms);
}

/** Return the rows of `pages` as one map, newest activity first is left to `ordered`. */
export function joined(pages: readonly ConversationPage[]): Map<string, ConversationView> {
  return new Map(
    pages.flatMap(({ items }) => items).map((row) => [row.conversation_id, row] as const),
  );
}

export function ordered(rows: Iterable<ConversationView>): ConversationView[] {
  return [...rows].sort(
    (left, right) =>
      lastActivityMs(right) - lastActivityMs(left) ||
      (left.conversation_id < right.conversation_id ? -1 : 1),
  );
}

/** Return `rows` with a change of the conversation table merged in. */
export function withConversation(
  rows: ReadonlyMap<string, ConversationView>,
  change: Change & { table: "conversation" },
): Map<string, ConversationView> {
  const next = new Map(rows);
  if (change.value === null) next.delete(change.conversation_id);
  else next.set(change.conversation_id, change.value);
  return next;
}

/** Return `detail` with a change of any other table merged in, and what it leaves open. */
export function withChange(detail: Detail, change: Change): [Detail, Repair] {
  if (!isAbove(change, asOfFor(detail, change.table))) return [detail, null];
  switch (change.table) {
    case "turn":
      return change.value === null ? [detail, "turns"] : withTurn(detail, change.value);
    case "recommendation":
      return withRecommendation(detail, change);
    case "nothing_found":
      return [withNothingFound(detail, change.key, change.value), null];
    case "handoff":
      return [{ ...detail, handoff: change.value }, null];
    case "intent":
      return [{ ...detail, intent: change.value }, null];
    case "conversation":
      return [detail, null];
  }
}

function asOfFor(detail: Detail, table: Change["table"]): readonly AsOf[] {
  if (table === "turn") return detail.turnsAsOf;
  return table === "intent" ? detail.intentAsOf : detail.recommendationsAsOf;
}

/** Return `turns` merged by number; a turn that is there already is replaced, never doubled. */
export function mergedTurns(
  turns: readonly TurnView[],
  more: readonly TurnView[],
): readonly TurnView[] {
  const byNumber = new Map(turns.map((turn) => [turn.number, turn]));
  for (const turn of more) byNumber.set(turn.number, turn);
  return [...byNumber.values()].sort((left, right) => left.number - right.number);
}

export function withTurns(detail: Detail, more: readonly TurnView[]): Detail {
  const said = new Set(more.map((turn) => turn.turn_id));
  return {
    ...detail,
    turns: mergedTurns(detail.turns, more),
    pending: detail.pending.filter((turn) => !said.has(turn.turn_id)),
  };
}

function withTurn(detail: Detail, turn: TurnView): [Detail, Repair] {
  const last = detail.turns.at(-1)?.number ?? 0;
  const next = withTurns(detail, [turn]);
  return [next, detail.isLoaded && turn.number > last + 1 ? "turns" : null];
}

/** Return `detail` with the answer of the recommendations query in place of what it held. */
export function withRecommendations(detail: Detail, page: RecommendationPage): Detail {
  const present = new Set(page.items.map((item) => item.recommendation_id));
  return {
    ...detail,
    recommendations: page.items,
    nothingFound: page.nothing_found,
    recommendationsAsOf: page.as_of ?? [],
    leaving: intersection(detail.leaving, present),
    fresh: intersection(detail.fresh, present),
  };
}

function withRecommendation(
  detail: Detail,
  change: Change & { table: "recommendation" },
): [Detail, Repair] {
  const row = change.value;
  if (row === null) {
    const id = detail.ids.get(change.key);
    if (id === undefined) return [detail, detail.recommendations.length > 0 ? "recommendations" : null];
    return [without(detail, id), null];
  }
  const id = row.recommendation_id;
  const ids = new Map(detail.ids).set(change.key, id);
  const isKnown = detail.recommendations.some((item) => item.recommendation_id === id);
  const recommendations = isKnown
    ? detail.recommendations.map((item) => (item.recommendation_id === id ? row : item))
    : [row, ...detail.recommendations];
  const fresh = isKnown || !detail.isLoaded ? detail.fresh : new Set([...detail.fresh, id]);
  return [{ ...detail, recommendations, ids, fresh }, null];
}

/** Return `detail` without a recommendation, wherever it is mentioned. */
export function without(detail: Detail, id: string): Detail {
  return {
    ...detail,
    recommendations: detail.recommendations.filter((item) => item.recommendation_id !== id),
    leaving: minus(detail.leaving, id),
    fresh: minus(detail.fresh, id),
  };
}

function withNothingFound(detail: Detail, key: string, row: NothingFoundView | null): Detail {
  const kind = row?.kind ?? suffixOf(key);
  const others = detail.nothingFound.filter((item) => item.kind !== kind);
  return { ...detail, nothingFound: row === null ? others : [row, ...others] };
}

/** Return what follows the NUL in a row key: the part that tells rows of one conversation apart. */
export function suffixOf(key: string): string {
  const bytes = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes.subarray(bytes.indexOf(0) + 1));
}

export function plus<T>(set: ReadonlySet<T>, item: T): Set<T> {
  return new Set(set).add(item);
}

export function minus<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  if (!set.has(item)) return set;
  const next = new Set(set);
  next.delete(item);
  return next;
}

function intersection<T>(set: ReadonlySet<T>, other: ReadonlySet<T>): Set<T> {
  return new Set([...set].filter((item) => other.has(item)));
}
