import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Change, ConversationView } from "../src/contracts";
import {
  common,
  type Detail,
  isAcceptableBy,
  isServedBy,
  Journal,
  ordered,
  type PendingTurn,
  refusedTurns,
  suffixOf,
  UNLOADED,
  withChange,
  withConversation,
  withRecommendations,
  whoHas,
  withTurns,
} from "../src/desk";
import { asOf, conversation, issued, recommendation, removed, said, turn, wanted } from "./builders";

const LOADED: Detail = { ...UNLOADED, isLoaded: true };

function after(detail: Detail, ...changes: Change[]): Detail {
  return changes.reduce((state, change) => withChange(state, change)[0], detail);
}

const numbers = (detail: Detail): number[] => detail.turns.map((row) => row.number);
const ids = (detail: Detail): string[] =>
  detail.recommendations.map((row) => row.recommendation_id);

describe("merging", () => {
  test("a turn that is delivered twice is shown once", () => {
    const detail = after(LOADED, said(turn(1), 1), said(turn(2), 2), said(turn(2), 2), said(turn(1), 1));
    assert.deepEqual(numbers(detail), [1, 2]);
  });

  test("turns stand in the order of their numbers, however they come", () => {
    const detail = after(LOADED, said(turn(3), 3), said(turn(1), 1), said(turn(2), 2));
    assert.deepEqual(numbers(detail), [1, 2, 3]);
  });

  test("a missing number asks for the turns to be fetched, the next number does not", () => {
    const first = after(LOADED, said(turn(1), 1));
    assert.equal(withChange(first, said(turn(2), 2))[1], null);
    assert.equal(withChange(first, said(turn(3), 3))[1], "turns");
  });

  test("a turn of ours settles when the log gives it back", () => {
    const pending = {
      turn_id: "t-1",
      text: "hello",
      author: "representative" as const,
      visibility: "public" as const,
      at_ms: 1,
      epoch: 1,
      failure: null,
      isFinal: false,
    };
    const detail = after({ ...LOADED, pending: [pending] }, said(turn(1), 1));
    assert.deepEqual(detail.pending, []);
    assert.deepEqual(numbers(detail), [1]);
  });

  test("a pending turn is refused once the conversation has moved on or ended, not before", () => {
    const pending = (turn_id: string, epoch: number, failure: string | null = null): PendingTurn => ({
      turn_id,
      text: "hello",
      author: epoch === 0 ? "customer" : "representative",
      visibility: "public",
      at_ms: 1,
      epoch,
      failure,
      isFinal: false,
    });
    const turns = [pending("mine", 2), pending("newer", 3), pending("customers", 0), pending("told", 2, "no")];
    const detail = { ...LOADED, pending: turns };
    const refused = (given: Partial<ConversationView>): string[] =>
      refusedTurns(detail, conversation(given)).map((row) => row.turn_id);
    assert.deepEqual(refused({ ownership_epoch: 2 }), []);
    assert.deepEqual(refused({ ownership_epoch: 3 }), ["mine"]);
    assert.deepEqual(refused({ ownership_epoch: 2, state: "ended" }), ["mine", "newer", "customers"]);
  });

  test("whoever had a conversation is told who has it now", () => {
    const told = (given: Partial<ConversationView>): string => whoHas(conversation(given));
    assert.match(told({ owner_kind: "representative", owner_name: "Ben" }), /^Ben has/);
    assert.match(told({ owner_kind: "representative", owner_id: "ben" }), /^ben has/);
    assert.match(told({ owner_kind: "bot", owner_id: "shop-bot" }), /^shop-bot has/);
    assert.match(told({ owner_kind: "queue" }), /back in a queue/);
    assert.match(told({ state: "ended", owner_kind: "queue" }), /has ended/);
  });

  test("a new recommendation comes on top, a refreshed one stays in its place", () => {
    const a = recommendation("a");
    const detail = after(LOADED, issued(a, 1), issued(recommendation("b"), 2), issued({ ...a, score: 0.9 }, 3));
    assert.deepEqual(ids(detail), ["b", "a"]);
    assert.equal(detail.recommendations[1]?.score, 0.9);
  });

  test("a removal takes the row away that its key has named before", () => {
    const detail = after(LOADED, issued(recommendation("a"), 1), issued(recommendation("b"), 2), removed("a", 3));
    assert.deepEqual(ids(detail), ["b"]);
  });

  test("a removal of a row that only a snapshot had asks for the recommendations to be fetched", () => {
    const detail = withRecommendations(LOADED, { items: [recommendation("a")], nothing_found: [] });
    assert.equal(withChange(detail, removed("a", 1))[1], "recommendations");
  });

  test("only what comes in live is marked as new", () => {
    const detail = withRecommendations(LOADED, { items: [recommendation("a")], nothing_found: [] });
    assert.deepEqual([...detail.fresh], []);
    assert.deepEqual([...after(detail, issued(recommendation("b"), 1)).fresh], ["b"]);
  });

  test("an explicit empty answer stands until something of its kind is found", () => {
    const row = { kind: "knowledge_article", reason: "none", at_ms: 1, trigger_turn_id: "t-1" };
    const key = btoa("demo:c-1\0knowledge_article");
    const change = { table: "nothing_found", conversation_id: "c-1", key, partition: 0 } as const;
    const found = after(LOADED, { ...change, value: row, next: 1 });
    assert.deepEqual(found.nothingFound, [row]);
    assert.deepEqual(after(found, { ...change, value: null, next: 2 }).nothingFound, []);
  });
});

describe("snapshots", () => {
  test("a change that the snapshot holds already cannot bring back what was removed since", () => {
    const stale = issued(recommendation("a"), 4);
    const detail = withRecommendations(LOADED, { items: [], nothing_found: [], as_of: [asOf(5)] });
    assert.deepEqual(ids(after(detail, stale)), []);
    assert.deepEqual(ids(after(detail, { ...stale, next: 6 })), ["a"]);
  });

  test("a change that arrives while the snapshot is fetched is applied on top of it", async () => {
    const journal = new Journal();
    journal.record(said(turn(1), 1));
    const [answer, missed] = await journal.during(async () => {
      journal.record(said(turn(2), 2));
      return [turn(1)];
    });
    const detail = after(withTurns(LOADED, answer), ...missed);
    assert.deepEqual(numbers(detail), [1, 2]);
  });

  test("a snapshot that fails forgets its changes, and the next one starts empty", async () => {
    const journal = new Journal();
    await assert.rejects(
      journal.during(async () => {
        journal.record(said(turn(1), 1));
        throw new Error("no");
      }),
    );
    const [, missed] = await journal.during(async () => undefined);
    assert.deepEqual(missed, []);
  });

  test("two snapshots together count as far as the one that had read less", () => {
    assert.deepEqual(common([asOf(7)], [asOf(5)]), [asOf(5)]);
    assert.deepEqual(common([asOf(7)], []), []);
  });
});

describe("the list", () => {
  test("the newest activity comes first", () => {
    const rows = [
      conversation({ conversation_id: "old", last_turn_at_ms: 5 }),
      conversation({ conversation_id: "new", last_turn_at_ms: 9 }),
    ];
    assert.deepEqual(ordered(rows).map((row) => row.conversation_id), ["new", "old"]);
  });

  test("a conversation that is no longer visible leaves", () => {
    const rows = new Map([["c-1", conversation()]]);
    const change = { table: "conversation", conversation_id: "c-1", key: "", partition: 0, next: 1 } as const;
    assert.equal(withConversation(rows, { ...change, value: null }).size, 0);
  });

  test("one accepts what waits for everybody or for oneself, and answers what one has accepted", () => {
    const given = { owner_kind: "representative", owner_id: "ann" };
    const offered = conversation(given);
    const accepted = conversation({ ...given, accepted_at_ms: 5 });
    assert.ok(isAcceptableBy("ann", conversation()));
    assert.ok(isAcceptableBy("ann", offered));
    assert.ok(!isAcceptableBy("bob", offered));
    assert.ok(!isAcceptableBy("ann", accepted));
    assert.ok(isServedBy("ann", accepted));
    assert.ok(!isServedBy("ann", offered));
  });

  test("a row key tells what follows its NUL", () => {
    assert.equal(suffixOf(btoa("demo:c-1\0knowledge_article")), "knowledge_article");
  });
});

describe("what the customer wants", () => {
  const change = (next: number, value = wanted()): Change => ({
    table: "intent",
    conversation_id: "c-1",
    key: btoa("demo:c-1"),
    value,
    partition: 0,
    next,
  });

  test("the row that the feed brings is shown as it is, and nothing is fetched for it", () => {
    const group = wanted({ state: "group", intent: null });
    const [detail, repair] = withChange(after(LOADED, change(4)), change(5, group));
    assert.deepEqual(detail.intent, group);
    assert.equal(repair, null);
  });

  test("what the answer holds already does not undo it", () => {
    const newer = wanted({ margin: 0.5 });
    const detail = { ...LOADED, intent: newer, intentAsOf: [asOf(5)] };
    assert.equal(after(detail, change(5)).intent, newer);
    assert.notEqual(after(detail, change(6)).intent, newer);
  });
});
