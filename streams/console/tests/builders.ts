/** Rows that say only what a test cares about. */

import type {
  Change,
  ConversationView,
  RecommendationView,
  TurnView,
} from "../src/contracts";

export function conversation(given: Partial<ConversationView> = {}): ConversationView {
  return {
    tenant: "demo",
    conversation_id: "c-1",
    access: { owner: null, participants: [] },
    channel: "live_chat",
    state: "open",
    owner_kind: "queue",
    owner_id: null,
    owner_name: null,
    ownership_epoch: 0,
    customer_id: null,
    customer_name: "Mia",
    locale: null,
    linked_record: null,
    opened_at_ms: 1,
    accepted_at_ms: null,
    ended_at_ms: null,
    last_turn_at_ms: 1,
    turns: 0,
    preview: "",
    recommendations: 0,
    ...given,
  };
}

export function turn(number: number, given: Partial<TurnView> = {}): TurnView {
  return {
    number,
    turn_id: `t-${number}`,
    author: "customer",
    author_id: null,
    author_name: null,
    text: `turn ${number}`,
    text_format: "plain",
    visibility: "public",
    occurred_at_ms: number,
    recorded_at_ms: number,
    source: "",
    ...given,
  };
}

export function recommendation(
  id: string,
  given: Partial<RecommendationView> = {},
): RecommendationView {
  return {
    recommendation_id: id,
    kind: "knowledge_article",
    item_id: id,
    title: id,
    score: 0.7,
    is_highly_relevant: false,
    key_phrases: [],
    reason: "",
    card: {},
    trigger_turn_id: "t-1",
    trigger_recorded_at_ms: 1,
    issued_at_ms: 1,
    updated_at_ms: 1,
    reference_digest: "",
    index_version: "",
    ...given,
  };
}

export function said(row: TurnView, next: number): Change {
  const key = btoa(`demo:c-1\0${row.number}`);
  return { table: "turn", conversation_id: "c-1", key, value: row, partition: 0, next };
}

export function issued(row: RecommendationView, next: number): Change {
  const key = keyOf(row.recommendation_id);
  return { table: "recommendation", conversation_id: "c-1", key, value: row, partition: 0, next };
}

export function removed(id: string, next: number): Change {
  const key = keyOf(id);
  return { table: "recommendation", conversation_id: "c-1", key, value: null, partition: 0, next };
}

export function asOf(next: number): { partition: number; next: number; stream_time_ms: number } {
  return { partition: 0, next, stream_time_ms: 0 };
}

function keyOf(id: string): string {
  return btoa(`demo:c-1\0${id}`);
}
