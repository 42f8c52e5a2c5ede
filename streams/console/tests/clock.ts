import assert from "node:assert/strict";
import { test } from "node:test";

import { WorkerClock } from "../src/clock";

test("without any stamp our own clock has to do", () => {
  assert.equal(new WorkerClock(() => 1_000).nowMs(), 1_000);
});

test("the largest lead counts, because a stamp is older by its way here and never younger", () => {
  let own = 1_000;
  const clock = new WorkerClock(() => own);
  clock.observe(5_000);
  own = 2_000;
  clock.observe(5_500);
  assert.equal(clock.nowMs(), 6_000);
  clock.observe(6_200);
  assert.equal(clock.nowMs(), 6_200);
});

test("a worker whose clock is behind ours is believed, too", () => {
  const clock = new WorkerClock(() => 10_000);
  clock.observe(4_000);
  assert.equal(clock.nowMs(), 4_000);
});

test("a stamp that is none is passed over, and a reset forgets the old worker", () => {
  const clock = new WorkerClock(() => 1_000);
  for (const stamp of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) clock.observe(stamp);
  assert.equal(clock.nowMs(), 1_000);
  clock.observe(9_000);
  clock.reset();
  assert.equal(clock.nowMs(), 1_000);
});
