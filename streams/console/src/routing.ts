/** The JSON of hand-off and unified routing: the desk, the board, decisions, the customer's side. */

import type { AsOf } from "./contracts";

/** How far an answer had read; answers of several processors name the moment alone. */
export type Stamp = AsOf[] | number;

export type Presence = "available" | "busy" | "do_not_disturb" | "away" | "offline";
export type ItemState = "open" | "offered" | "active" | "waiting" | "wrap_up" | "closed";
export type Variables = Record<string, string | number>;

export interface ProfileUse {
  id: string;
  limit: number;
  used: number;
}

/** Work for representatives; for a conversation, `item_id` is the conversation's id. */
export interface Item {
  item_id: string;
  kind: string;
  channel: string;
  customer_name: string | null;
  workstream: string | null;
  queue: string | null;
  queue_name: string | null;
  state: ItemState;
  owner_kind: string;
  owner_id: string | null;
  ownership_epoch: number;
  representative_id: string | null;
  arrived_at_ms: number;
  queued_at_ms: number | null;
  accepted_at_ms: number | null;
  wrap_up_at_ms: number | null;
  closes_at_ms: number | null;
  waited_ms: number | null;
  position: number | null;
  expected_wait_ms: number | null;
  message: string | null;
  variables: Variables;
  cut_variables: string[];
  skills: (string | { id: string; level: number | null })[];
  declines: Record<string, unknown>;
  consult: string[];
  /** Supervisors, with `monitor:` or `join:` before their id. */
  observers: string[];
  /** On a desk: `consult` for what one is only asked about. */
  role?: string;
  request_id: string | null;
  bot_id: string | null;
  decision_id: string | null;
}

export interface Offer {
  offer_id: string;
  item_id: string;
  item: Item;
  queue: string;
  queue_name: string | null;
  offered_at_ms: number;
  deadline_ms: number;
  /** Accepted by itself at the deadline's place: nothing to press. */
  is_automatic: boolean;
  can_decline?: boolean;
}

export interface DeskRepresentative {
  id: string;
  name: string;
  presence: Presence;
  base_presence: Presence;
  /** The rules set the presence, for example because the capacity is used up. */
  is_automatic: boolean;
  units_total: number;
  units_used: number;
  profiles: ProfileUse[];
  is_connected: boolean;
  is_set_up?: boolean;
}

export interface DeskAnswer {
  /** Null: the signed-in user is no representative of the routing setup. */
  representative: DeskRepresentative | null;
  offers: Offer[];
  items: Item[];
  as_of?: Stamp;
}

export interface QueueRow {
  queue_id: string;
  name: string;
  kind: string;
  priority: number | null;
  method: string;
  waiting: number;
  offered: number;
  active: number;
  /** Since when the one waits who waits longest; null when nobody does. */
  oldest_since_ms: number | null;
  oldest_wait_ms: number | null;
  average_wait_ms: number | null;
  is_open: boolean;
  opens_at_ms: number | null;
  members: number;
  available: number;
  arrived: number;
  answered: number;
  abandoned: number;
  short_abandoned: number;
  service_level_ms: number | null;
  /** Share answered within `service_level_ms`. */
  service_level: number | null;
  speed_to_answer_ms: number | null;
  /** Seconds to share answered within them. */
  levels: Record<string, number | null>;
  handle_time_ms: number | null;
  transfers: number;
  declines: number;
  timeouts: number;
  overflowed: number;
}

export interface RepresentativeRow {
  id: string;
  name: string;
  presence: Presence;
  since_ms: number | null;
  is_connected: boolean;
  units_total: number;
  units_used: number;
  profiles: ProfileUse[];
  /** How many, or which ones. */
  items: number | unknown[];
  queues: string[];
  last_assigned_at_ms: number | null;
}

export interface Page<Row> {
  items: Row[];
  total?: number;
  as_of?: Stamp;
}

export interface DecisionHead {
  decision_id: string;
  at_ms: number;
  kind: string;
  queue: string | null;
  chosen: string | null;
  because: string;
}

/** A rule that was looked at on the way to the queue, and what came of it. */
export interface TraceLine {
  part: "classification" | "route";
  line: string;
}

/** A value of a recorded question, as JSON has it. */
export type Fact = string | number | boolean | null | Fact[] | { [name: string]: Fact };

export interface Verdict {
  representative_id: string;
  name: string | null;
  rank: number | null;
  score: Record<string, Fact> | number | null;
  refusal: string | null;
  refusal_words: string | null;
  facts: Record<string, Fact>;
}

export interface Decision {
  decision_id: string;
  item_id: string;
  at_ms: number;
  queue: string | null;
  queue_name?: string;
  method: string | null;
  skill_match: string | null;
  chosen: string | null;
  chosen_name: string | null;
  because: string;
  probability: number | null;
  setup_digest: string | null;
  versions: Record<string, Fact> | null;
  candidates: Verdict[];
  question: Record<string, Fact>;
  /** How the item came to its queue, in order; for who serves it. */
  trace?: TraceLine[];
}

/** What somebody would change about a recorded question. */
export interface Changes {
  item?: Record<string, Fact>;
  candidates?: Record<string, Record<string, Fact>>;
}

export interface Outcome {
  chosen: string | null;
  chosen_name?: string | null;
  because?: string;
  candidates?: Verdict[];
}

export interface WhatIf {
  before: Outcome;
  after: Outcome;
  is_same: boolean;
}

/** The newest hand-off of a conversation. */
export interface Handoff {
  request_id: string;
  attempt: number;
  bot_id: string | null;
  message: string | null;
  reason: string | null;
  variables: Variables;
  cut_variables: string[];
  state: string;
  hub: string | null;
  /** The transcript up to this turn was handed over. */
  turns: number;
  status?: string | null;
}

export interface Connection {
  bot_id: string;
  hub: string | null;
  state: string;
  environment: string | null;
  application_id: string | null;
  /** Null when nobody has told. */
  is_published: boolean | null;
  is_voice?: boolean;
  /** What is still to be done, a sentence each. */
  missing?: string[];
  /** Advice and warnings in words. */
  notes?: string[];
}

export interface Delivery {
  delivery_id: string;
  hub: string;
  kind: string;
  conversation_id: string | null;
  attempts: number;
  next_at_ms: number | null;
  state: string;
  last_error: string | null;
  status_code: number | null;
}

export interface Bot {
  bot_id: string;
  name: string;
  is_published: boolean;
  topics: (string | { name?: string; id?: string })[];
}

/** A row of hand-off or routing that changed; its value may be the API's row, or only say that. */
export interface RoutingChange {
  processor: string;
  table: string;
  key: string;
  value: unknown;
  partition: number;
  next: number;
}

/** Where work can go. */
export type Target =
  | { queue: string }
  | { representative: string }
  | { bot: string }
  | { number: string };
