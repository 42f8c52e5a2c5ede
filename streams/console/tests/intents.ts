import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { countsOf, discardWords, isFresh, mergeWords, runIn } from "../src/intents";
import type { MiningRun } from "../src/library";
import { summary } from "./builders";

const RUN = {
  run_id: "r-1",
  state: "running",
  is_simulation: false,
  phase: "clustering",
  done: 3,
  total: 9,
} as unknown as MiningRun;

describe("the library", () => {
  test("it is fresh until something was mined for it or written in it", () => {
    assert.ok(isFresh({ rows: [], runs: [] }));
    assert.ok(isFresh({ rows: [], runs: [{ ...RUN, is_simulation: true }] }));
    assert.ok(!isFresh({ rows: [], runs: [RUN] }));
    assert.ok(!isFresh({ rows: [summary("a")], runs: [] }));
    assert.ok(!isFresh({ rows: null, runs: null }));
    assert.ok(!isFresh({ rows: [], runs: null }));
  });

  test("every row counts under its status", () => {
    const rows = [summary("a"), summary("b", { status: "approved" }), summary("c", { status: "approved" })];
    assert.deepEqual(countsOf(rows), { pending: 1, approved: 2, discarded: 0 });
  });

  test("a merge says what goes where, and what bots lose", () => {
    const into = summary("refund", { name: "Refund" });
    const words = mergeWords(into, [summary("a", { name: "Money back", count: 1_200, is_used_by_bots: true })]);
    assert.match(words.join(" "), /1,200 utterances of “Money back” go to “Refund”/);
    assert.match(words.join(" "), /It is discarded/);
    assert.match(words.join(" "), /Bots use “Money back”/);
    assert.equal(mergeWords(into, [summary("a"), summary("b")]).length, 2);
  });

  test("discarding what bots use says so first", () => {
    assert.match(discardWords([summary("a", { is_used_by_bots: true })])[0] ?? "", /^Bots use “a”/);
    assert.equal(discardWords([summary("a")]).length, 1);
  });
});

describe("the progress of a mining", () => {
  test("a push that says how far it is is taken as it is", () => {
    assert.deepEqual(runIn({ ...RUN, intents: 0 }), {
      run_id: "r-1",
      state: "running",
      phase: "clustering",
      done: 3,
      total: 9,
    });
  });

  test("a push that does not say it all is none", () => {
    for (const value of [null, 3, "x", {}, { run_id: "r-1" }, { ...RUN, done: "3" }]) assert.equal(runIn(value), null);
  });
});
