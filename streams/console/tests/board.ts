import assert from "node:assert/strict";
import { test } from "node:test";

import { oldestWaitMs } from "../src/board";
import { linePath } from "../src/elements/path";
import { queue } from "./builders";

test("the oldest wait ticks on between two answers, as long as somebody waits", () => {
  const row = queue("billing", { waiting: 1, oldest_since_ms: 4_000 });
  assert.equal(oldestWaitMs(row, 10_500), 6_500);
  assert.equal(oldestWaitMs(row, 3_900), 0);
  assert.equal(oldestWaitMs({ ...row, oldest_since_ms: null }, 10_500), null);
});

test("a line fills its box: the first value on the left, the greatest on top, nothing at the bottom", () => {
  assert.equal(linePath([0, 5, 10], 100, 20), "M0.0 20.0L50.0 10.0L100.0 0.0");
  assert.equal(linePath([0, 0], 100, 20), "M0.0 20.0L100.0 20.0");
  assert.equal(linePath([], 100, 20), "");
});

test("one value alone is drawn as a level line", () => {
  assert.equal(linePath([3], 100, 20), "M0.0 0.0H100");
});
