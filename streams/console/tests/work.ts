import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isAcceptableBy } from "../src/desk";
import type { DeskAnswer, Item } from "../src/routing";
import {
  factWords,
  inboxOf,
  isNewer,
  momentOf,
  newOffers,
  observedAs,
  observing,
  queueIn,
  representativeIn,
  secondsLeft,
  shareLeft,
  skillNames,
  waitedMs,
  withRow,
} from "../src/work";
import { conversation, item, offer, queue, representative } from "./builders";

const desk = (given: Partial<DeskAnswer>): DeskAnswer => ({
  representative: null,
  offers: [],
  items: [],
  ...given,
});

describe("the inbox", () => {
  test("the offer that ends first stands on top", () => {
    const offers = [offer("b", { deadline_ms: 9 }), offer("a", { deadline_ms: 5 })];
    assert.deepEqual(inboxOf(desk({ offers })).offers.map((one) => one.offer_id), ["a", "b"]);
  });

  test("items stand under their state, the one accepted first on top", () => {
    const items = [
      item("late", { state: "active", accepted_at_ms: 9 }),
      item("early", { state: "active", accepted_at_ms: 5 }),
      item("done", { state: "wrap_up" }),
      item("away", { state: "waiting" }),
      item("free", { state: "open" }),
      item("gone", { state: "closed" }),
    ];
    const { active, wrapUp, waiting, open } = inboxOf(desk({ items }));
    assert.deepEqual(active.map((one) => one.item_id), ["early", "late"]);
    assert.deepEqual([wrapUp, waiting, open].map(([one]) => one?.item_id), ["done", "away", "free"]);
  });

  test("without an answer there is nothing to do", () => {
    assert.deepEqual(inboxOf(null).offers, []);
  });

  test("an offer is new once, and again when it is another offer of the same item", () => {
    const before = desk({ offers: [offer("c-1/1")] });
    assert.deepEqual(newOffers(before, before), []);
    const after = desk({ offers: [offer("c-1/2")] });
    assert.deepEqual(newOffers(before, after).map((one) => one.offer_id), ["c-1/2"]);
    assert.equal(newOffers(null, after).length, 1);
  });
});

describe("time", () => {
  test("the ring empties from whole to nothing and never beyond", () => {
    const one = offer("a", { offered_at_ms: 1_000, deadline_ms: 3_000 });
    assert.deepEqual([0, 1_000, 2_000, 3_000, 9_000].map((at) => shareLeft(one, at)), [1, 1, 0.5, 0, 0]);
    assert.equal(shareLeft(offer("b", { offered_at_ms: 5, deadline_ms: 5 }), 5), 0);
  });

  test("the last second is said until it is over", () => {
    assert.deepEqual([0, 1, 1_999, 2_000, 2_001].map((at) => secondsLeft(2_000, at)), [2, 2, 1, 0, 0]);
  });

  test("a wait goes on until acceptance and stands still after it", () => {
    const waiting = item("a", { arrived_at_ms: 100, queued_at_ms: 200 });
    assert.equal(waitedMs(waiting, 1_200), 1_000);
    assert.equal(waitedMs({ ...waiting, waited_ms: 5_000 }, 1_200), 5_000);
    assert.equal(waitedMs({ ...waiting, accepted_at_ms: 700 }, 9_000), 600);
    assert.equal(waitedMs({ ...waiting, accepted_at_ms: 700, waited_ms: 550 }, 9_000), 550);
  });

  test("the moment of an answer is the newest that any partition had reached", () => {
    const position = { partition: 0, next: 1, stream_time_ms: 5 };
    assert.equal(momentOf([position, { ...position, partition: 1, stream_time_ms: 9 }]), 9);
    assert.equal(momentOf(7), 7);
    assert.equal(momentOf([]), null);
    assert.equal(momentOf(undefined), null);
  });
});

describe("rows that are pushed", () => {
  const change = { processor: "routing", table: "t", key: "", value: null, partition: 0, next: 5 };

  test("a row as the API lists it is told from a row that only says something changed", () => {
    assert.equal(queueIn(queue("billing"))?.queue_id, "billing");
    assert.equal(representativeIn(representative("ann"))?.id, "ann");
    for (const other of [null, 3, "x", [], { queue_id: "billing" }, { id: "ann" }, item("c-1")]) {
      assert.equal(queueIn(other), null);
      assert.equal(representativeIn(other), null);
    }
  });

  test("what the answer holds already does not undo it", () => {
    const stamp = [{ partition: 0, next: 5, stream_time_ms: 0 }];
    assert.ok(!isNewer(change, stamp));
    assert.ok(isNewer({ ...change, next: 6 }, stamp));
    assert.ok(isNewer(change, 123));
  });

  test("a row takes the place of the one with its id, and the others keep theirs", () => {
    const rows = [queue("a"), queue("b"), queue("c")];
    const next = withRow(rows, queue("b", { waiting: 4 }), (row) => row.queue_id);
    assert.deepEqual(next.map((row) => [row.queue_id, row.waiting]), [["a", 0], ["b", 4], ["c", 0]]);
    assert.equal(withRow(rows, queue("d"), (row) => row.queue_id).length, 4);
    assert.equal(rows[1]?.waiting, 0);
  });
});

describe("words", () => {
  test("needed skills are named with their level where one is needed", () => {
    const skills = ["french", { id: "billing", level: 3 }, { id: "english", level: null }];
    assert.deepEqual(skillNames(item("a", { skills })), ["french", "billing 3", "english"]);
  });

  test("facts of any shape have words", () => {
    assert.deepEqual(
      [null, "", true, 3, 0.25, ["a", 1], [], { a: 1, b: [2] }, {}].map((fact) => factWords(fact)),
      ["–", "–", "yes", "3", "0.250", "a, 1", "–", "a 1, b 2", "–"],
    );
  });
});

describe("what a supervisor can do beside a representative", () => {
  const verbs = (given: Partial<Item>): string[] =>
    observing(item("a", { state: "active", representative_id: "ben", ...given }), "sue").map(
      ({ verb }) => verb,
    );

  test("they watch or take part, change between both, and leave", () => {
    assert.deepEqual(verbs({}), ["monitor", "join"]);
    assert.deepEqual(verbs({ state: "wrap_up", observers: ["join:ann"] }), ["monitor", "join"]);
    assert.deepEqual(verbs({ observers: ["monitor:sue"] }), ["join", "leave"]);
    assert.deepEqual(verbs({ observers: ["monitor:ann", "join:sue"] }), ["leave"]);
  });

  test("there is nothing to watch while nobody serves it, or one does so oneself", () => {
    assert.deepEqual(verbs({ state: "open", representative_id: null }), []);
    assert.deepEqual(verbs({ representative_id: "sue" }), []);
  });

  test("an observer's id may hold a colon", () => {
    assert.equal(observedAs(item("a", { observers: ["join:eu:sue"] }), "eu:sue"), "join");
    assert.equal(observedAs(item("a", { observers: ["join:eu:sue"] }), "sue"), null);
  });
});

test("what one is only asked about stands apart from one's own work", () => {
  const items = [
    item("mine", { state: "active" }),
    item("asked", { state: "active", role: "consult", representative_id: "ben" }),
  ];
  const { active, asked } = inboxOf(desk({ items }));
  assert.deepEqual(active.map((row) => row.item_id), ["mine"]);
  assert.deepEqual(asked.map((row) => row.item_id), ["asked"]);
});

test("what routing or a bot has is not accepted by hand", () => {
  assert.ok(isAcceptableBy("ann", conversation()));
  assert.ok(!isAcceptableBy("ann", conversation({ is_routed: true })));
  assert.ok(!isAcceptableBy("ann", conversation({ handoff_state: "requested" })));
  assert.ok(!isAcceptableBy("ann", conversation({ owner_kind: "bot", bot_id: "lamp-bot" })));
});
