/** Rows that say only what a test cares about. */

import type {
  Change,
  ConversationView,
  RecommendationView,
  TurnView,
} from "../src/contracts";
import type {
  Attribute,
  AskedAttribute,
  ConversationIntent,
  IntentSummary,
  MinedIntent,
  MinedSubIntent,
} from "../src/library";
import type { Decision, Item, Offer, QueueRow, RepresentativeRow } from "../src/routing";

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

export function item(id: string, given: Partial<Item> = {}): Item {
  return {
    item_id: id,
    kind: "messaging",
    channel: "live_chat",
    customer_name: "Mia",
    workstream: "chat",
    queue: "billing",
    queue_name: "Billing",
    state: "open",
    owner_kind: "queue",
    owner_id: null,
    ownership_epoch: 2,
    representative_id: null,
    arrived_at_ms: 0,
    queued_at_ms: null,
    accepted_at_ms: null,
    wrap_up_at_ms: null,
    closes_at_ms: null,
    waited_ms: null,
    position: null,
    expected_wait_ms: null,
    message: null,
    variables: {},
    cut_variables: [],
    skills: [],
    declines: {},
    consult: [],
    observers: [],
    request_id: null,
    bot_id: null,
    decision_id: null,
    ...given,
  };
}

export function offer(id: string, given: Partial<Offer> = {}): Offer {
  return {
    offer_id: id,
    item_id: "c-1",
    item: item("c-1", { state: "offered" }),
    queue: "billing",
    queue_name: "Billing",
    offered_at_ms: 0,
    deadline_ms: 120_000,
    is_automatic: false,
    ...given,
  };
}

export function queue(id: string, given: Partial<QueueRow> = {}): QueueRow {
  return {
    queue_id: id,
    name: id,
    kind: "messaging",
    priority: 1,
    method: "highest_capacity",
    waiting: 0,
    offered: 0,
    active: 0,
    oldest_since_ms: null,
    oldest_wait_ms: null,
    average_wait_ms: null,
    is_open: true,
    opens_at_ms: null,
    members: 0,
    available: 0,
    arrived: 0,
    answered: 0,
    abandoned: 0,
    short_abandoned: 0,
    service_level_ms: null,
    service_level: null,
    speed_to_answer_ms: null,
    levels: {},
    handle_time_ms: null,
    transfers: 0,
    declines: 0,
    timeouts: 0,
    overflowed: 0,
    ...given,
  };
}

export function representative(
  id: string,
  given: Partial<RepresentativeRow> = {},
): RepresentativeRow {
  return {
    id,
    name: id,
    presence: "available",
    since_ms: null,
    is_connected: true,
    units_total: 3,
    units_used: 0,
    profiles: [],
    items: 0,
    queues: [],
    last_assigned_at_ms: null,
    ...given,
  };
}

export function decision(given: Partial<Decision> = {}): Decision {
  return {
    decision_id: "d-1",
    item_id: "c-1",
    at_ms: 0,
    queue: "billing",
    method: "highest_capacity",
    skill_match: "exact",
    chosen: "ann",
    chosen_name: "Ann",
    because: "",
    probability: 1,
    setup_digest: null,
    versions: null,
    candidates: [],
    question: {},
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

export function summary(id: string, given: Partial<IntentSummary> = {}): IntentSummary {
  return {
    intent_id: id,
    name: id,
    description: "",
    status: "pending",
    source: "discovered",
    group_id: null,
    group_name: null,
    line_of_business: null,
    parent_id: null,
    is_used_by_bots: false,
    count: 0,
    conversations: 0,
    examples: 0,
    attributes: 0,
    solutions: 0,
    is_changed: false,
    merged_into: null,
    updated_at_ms: 0,
    ...given,
  };
}

export function subIntent(id: string, count: number, given: Partial<MinedSubIntent> = {}): MinedSubIntent {
  return { sub_id: id, name: id, count, examples: [], x: 0, y: 0, words: [], ...given };
}

export function mined(id: string, subs: MinedSubIntent[], given: Partial<MinedIntent> = {}): MinedIntent {
  return {
    intent_id: id,
    change: "new",
    name: id,
    description: "",
    count: subs.reduce((sum, sub) => sum + sub.count, 0),
    conversations: 0,
    examples: [],
    sub_intents: subs,
    attributes: [],
    replies: [],
    x: 0,
    y: 0,
    nearest_id: "",
    nearest_similarity: 0,
    ...given,
  };
}

export function attribute(id: string, given: Partial<Attribute> = {}): Attribute {
  return {
    attribute_id: id,
    name: id,
    kind: "string",
    question: `Which ${id}?`,
    recogniser: "",
    values: [],
    cues: [],
    is_required: true,
    position: 0,
    asked_share: 0,
    ...given,
  };
}

export function asked(id: string, given: Partial<AskedAttribute> = {}): AskedAttribute {
  return {
    attribute_id: id,
    name: id,
    question: `Which ${id}?`,
    kind: "string",
    is_required: true,
    value: null,
    turn_number: null,
    is_next: false,
    is_from_bot: false,
    ...given,
  };
}

export function wanted(given: Partial<ConversationIntent> = {}): ConversationIntent {
  return {
    state: "intent",
    intent: { intent_id: "refund", name: "Refund", score: 0.9 },
    group: null,
    top: [],
    margin: 0,
    is_unknown: false,
    attributes: [],
    next: { kind: "question", attribute_id: "order", text: "Which order is it?" },
    responses: [],
    solution: null,
    earlier: [],
    dismissed: [],
    result: null,
    library_digest: "d-1",
    ...given,
  };
}
