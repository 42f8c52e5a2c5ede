/** The JSON of the intent library: intents, groups, minings, publications, a conversation's intent. */

import type { Stamp } from "./routing";

export type Status = "pending" | "approved" | "discarded";
export type Granularity = "low" | "medium" | "high";
export type ValueKind = "string" | "number" | "date" | "boolean" | "enum";

export interface LibrarySettings {
  granularity: Granularity;
  status_for_new: Status;
  is_discovering: boolean;
  /** When discovery runs, `02:00`. */
  daily_at: string;
  time_zone: string;
  rejected_share: number;
  group_margin: number;
  shift_margin: number;
  /** The organisation's, used where no line of business has any. */
  instructions: string;
}

/** Which work belongs to a line of business; at most one rule for conversations and one for cases. */
export interface LineRule {
  applies_to: "conversation" | "case";
  workstream: string;
  conditions: Record<string, string>;
}

export interface Published {
  version: number;
  digest: string;
  at_ms: number;
  by: string | null;
  note: string;
  /** How many intents it holds. */
  intents: number;
}

export interface LibraryHead {
  settings: LibrarySettings;
  published: Published | null;
  /** The newest publication, also while it is on its way. */
  publication: { version: number; state: string; because: string | null } | null;
  changes_since_publish: number;
  counts: { pending: number; approved: number; discarded: number; used_by_bots: number };
  as_of?: Stamp;
}

export interface IntentSummary {
  intent_id: string;
  name: string;
  description: string;
  status: Status;
  source: "discovered" | "edited";
  group_id: string | null;
  group_name: string | null;
  line_of_business: string | null;
  parent_id: string | null;
  is_used_by_bots: boolean;
  /** Utterances, repeats included. */
  count: number;
  conversations: number;
  examples: number;
  attributes: number;
  solutions: number;
  /** Not yet published as it stands. */
  is_changed: boolean;
  merged_into: string | null;
  updated_at_ms: number;
}

export interface LibraryExample {
  example_id: string;
  text: string;
  turn_id: string | null;
}

export interface Attribute {
  attribute_id: string;
  name: string;
  kind: ValueKind;
  question: string;
  recogniser: string;
  values: string[];
  cues: string[];
  is_required: boolean;
  position: number;
  asked_share: number;
}

export interface Solution {
  kind: "article" | "text";
  item_id: string;
  text: string;
}

/** An article to choose from. */
export interface Article {
  article_id: string;
  title: string;
}

export interface LibrarySubIntent {
  sub_id: string;
  name: string;
  count: number;
  examples: string[];
}

export interface LineageStep {
  at_ms: number;
  change: string;
  by: string | null;
  from: string[];
  because: string | null;
}

export interface IntentFull
  extends Omit<IntentSummary, "examples" | "attributes" | "solutions"> {
  instructions: string;
  examples: LibraryExample[];
  attributes: Attribute[];
  solutions: Solution[];
  replies: { text: string; count: number }[];
  sub_intents: LibrarySubIntent[];
  lineage: LineageStep[];
  as_of?: Stamp;
}

export interface IntentGroup {
  group_id: string;
  name: string;
  status: Status;
  source: "discovered" | "edited";
  /** How many it holds. */
  intents: number;
  clarifying_question: string;
  instructions: string;
  line_of_business: string | null;
}

export interface LineOfBusiness {
  line_id: string;
  name: string;
  instructions: string;
  workstreams: string[];
  queues: string[];
  rules: LineRule[];
}

export interface Version {
  version: number;
  digest: string | null;
  at_ms: number;
  by: string | null;
  note: string;
  intents: number;
  examples: number;
  threshold: number | null;
  accuracy: number | null;
  state: string;
  because: string | null;
  is_in_force: boolean;
}

// Mining

export interface MiningRun {
  run_id: string;
  state: "due" | "running" | "done" | "failed";
  is_simulation: boolean;
  granularity: Granularity;
  source: string;
  /** It was asked for by the clock. */
  is_daily: boolean;
  requested_at_ms: number;
  started_at_ms: number | null;
  finished_at_ms: number | null;
  phase: string;
  done: number;
  /** 0: not known. */
  total: number;
  figures: Record<string, unknown>;
  because: string | null;
  intents: number;
  /** What became of them in the library. */
  added: number;
  updated: number;
  left_out: number;
}

export interface MinedSubIntent {
  sub_id: string;
  name: string;
  count: number;
  examples: { text: string; turn_id?: string }[];
  /** Its place on the map, -1 to 1. */
  x: number;
  y: number;
  words: string[];
}

export interface MinedIntent {
  intent_id: string;
  change: string;
  name: string;
  description: string;
  count: number;
  conversations: number;
  examples: { text: string; turn_id?: string }[];
  sub_intents: MinedSubIntent[];
  attributes: Attribute[];
  replies: { text: string; count: number }[];
  x: number;
  y: number;
  nearest_id: string;
  nearest_similarity: number;
}

/** How the sub-intents join, nearest first; step `i` makes node `leaves.length + i`. */
export interface MergeTree {
  leaves: string[];
  merges: { left: number; right: number; distance: number }[];
  /** Where it was cut. */
  cut: number;
  cuts: Partial<Record<Granularity, number>>;
}

export interface MiningResult extends MiningRun {
  /** Of older runs only that they were is kept. */
  is_kept: boolean;
  mined: MinedIntent[];
  tree: MergeTree;
  as_of?: Stamp;
}

// Dry run

export interface Told {
  intent_id: string;
  name: string;
  score: number;
}

export interface DryRun {
  conversations: number;
  turns: number;
  same: number;
  changed: number;
  new: number;
  lost: number;
  per_intent: { intent_id: string; name: string; before: number; after: number }[];
  /** What has to be known to read this; empty: nothing. */
  note: string;
  changes: {
    conversation_id: string;
    turn_id: string;
    text: string;
    before: Told | null;
    after: Told | null;
  }[];
}

// A conversation

export interface AskedAttribute {
  attribute_id: string;
  name: string;
  question: string;
  kind: ValueKind;
  is_required: boolean;
  value: string | null;
  turn_number: number | null;
  /** It is the one to ask now. */
  is_next: boolean;
  is_from_bot: boolean;
}

export interface FoundArticle {
  article_id: string;
  title: string;
  summary: string;
  url: string | null;
  score: number;
}

export interface ConversationIntent {
  state: "looking" | "intent" | "group" | "none" | "unavailable";
  intent: Told | null;
  group: { group_id: string; name: string; clarifying_question: string } | null;
  top: Told[];
  margin: number;
  is_unknown: boolean;
  attributes: AskedAttribute[];
  next: {
    kind: "question" | "clarify" | "solution" | "none";
    attribute_id: string | null;
    text: string;
  };
  responses: { kind: "question" | "clarify" | "solution" | "reply"; text: string; why: string }[];
  solution: { query: string; results: FoundArticle[]; at_ms: number } | null;
  earlier: {
    intent_id: string;
    name: string;
    until_ms: number;
    attributes: { name: string; question: string; value: string | null }[];
  }[];
  dismissed: string[];
  /** How the interview of the bot ended. */
  result: string | null;
  library_digest: string;
  as_of?: Stamp;
}

/** What a command says when it is taken. */
export interface Taken {
  intent_id?: string | null;
  group_id?: string | null;
  line_id?: string | null;
  run_id?: string | null;
  warnings?: string[];
  /** Parts that were refused while others were done. */
  refused?: { item_id: string; code: string; because: string }[];
}
