/** The JSON the query API speaks: the rows of the Agent desktop and the answers around them. */

import type { ConversationIntent } from "./library";
import type { Handoff } from "./routing";

export interface Me {
  tenant: string;
  user: string;
  name: string;
  roles: string[];
  teams: string[];
  queues: string[];
  is_development: boolean;
}

export interface AsOf {
  partition: number;
  next: number;
  stream_time_ms: number;
}

/** Who may see a conversation, and who took part in it. */
export interface Access {
  owner: string | null;
  participants: string[];
}

export interface ConversationView {
  tenant: string;
  conversation_id: string;
  access: Access;
  channel: string;
  state: string;
  owner_kind: string;
  owner_id: string | null;
  owner_name: string | null;
  ownership_epoch: number;
  customer_id: string | null;
  customer_name: string | null;
  locale: string | null;
  linked_record: string | null;
  opened_at_ms: number;
  accepted_at_ms: number | null;
  ended_at_ms: number | null;
  last_turn_at_ms: number;
  turns: number;
  preview: string;
  recommendations: number;
  /** Bot that serves or served it; absent where no bot was named. */
  bot_id?: string | null;
  /** Routing finds a representative; nobody takes it by themselves. */
  is_routed?: boolean;
  is_voice?: boolean;
  /** requested, accepted, failed, completed, or empty. */
  handoff_state?: string;
  /** What it is about, once that is known. */
  intent_name?: string | null;
}

export interface TurnView {
  number: number;
  turn_id: string;
  author: string;
  author_id: string | null;
  author_name: string | null;
  text: string;
  text_format: string;
  visibility: string;
  occurred_at_ms: number;
  recorded_at_ms: number;
  source: string;
}

export interface RecommendationView {
  recommendation_id: string;
  kind: string;
  item_id: string;
  title: string;
  score: number;
  is_highly_relevant: boolean;
  key_phrases: string[];
  reason: string;
  /** Adaptive Card, as an object; the change feed may carry its JSON text. */
  card: unknown;
  trigger_turn_id: string;
  trigger_recorded_at_ms: number;
  issued_at_ms: number;
  updated_at_ms: number;
  reference_digest: string;
  index_version: string;
}

export interface NothingFoundView {
  kind: string;
  reason: string;
  at_ms: number;
  trigger_turn_id: string;
}

export interface ConversationPage {
  items: ConversationView[];
  next: string | null;
  /** How many match, on all pages. */
  total?: number;
  /** False when a part of the conversations could not be asked. */
  is_complete?: boolean;
  as_of?: AsOf[];
}

export interface TurnPage {
  items: TurnView[];
  as_of?: AsOf[];
}

export interface RecommendationPage {
  items: RecommendationView[];
  nothing_found: NothingFoundView[];
  as_of?: AsOf[];
}

/** One step of "why": a record of a log or a derived topic. */
export interface ExplainStep {
  kind: string;
  id: string;
  topic: string | null;
  partition: number | null;
  offset: number | null;
  type: string;
  at_ms: number | null;
  summary: string;
  record: unknown;
}

export interface Candidate {
  item_id: string;
  title: string;
  score: number;
  key_phrases: string[];
  verdict: string;
}

export interface Explanation {
  id: string;
  chain: ExplainStep[];
  candidates: Candidate[];
}

interface ChangeOf<Table extends string, Row> {
  table: Table;
  conversation_id: string;
  /** Base64 of the row's key. */
  key: string;
  /** The whole new row; null when it was removed. */
  value: Row | null;
  partition: number;
  /** Position of the partition's log up to which this change counts. */
  next: number;
}

export type Change =
  | ChangeOf<"conversation", ConversationView>
  | ChangeOf<"turn", TurnView>
  | ChangeOf<"recommendation", RecommendationView>
  | ChangeOf<"nothing_found", NothingFoundView>
  | ChangeOf<"handoff", Handoff>
  | ChangeOf<"intent", ConversationIntent>;

/** RFC 9457. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
}

export type Author = "customer" | "representative" | "bot";
export type Visibility = "public" | "private";
export type Scope = "mine" | "visible";
export type Phase = "open" | "ended" | "all";
