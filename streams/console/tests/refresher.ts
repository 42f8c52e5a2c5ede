import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Refresher } from "../src/refresher";

/** A fetch that ends when the test says so. */
function gate(): { fetch: () => Promise<void>; count: () => number; open: () => Promise<void> } {
  const waiting: (() => void)[] = [];
  let count = 0;
  return {
    fetch: () => {
      count += 1;
      return new Promise((resolve) => waiting.push(resolve));
    },
    count: () => count,
    open: async () => {
      waiting.shift()?.();
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

test("however many ask while a fetch is under way, one more follows", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { fetch, count, open } = gate();
    const refresher = new Refresher(fetch, 100, () => 0);
    for (let times = 0; times < 5; times += 1) refresher.ask();
    assert.equal(count(), 1);
    await open();
    mock.timers.tick(99);
    assert.equal(count(), 1);
    mock.timers.tick(1);
    assert.equal(count(), 2);
    await open();
    mock.timers.tick(10_000);
    assert.equal(count(), 2);
  } finally {
    mock.timers.reset();
  }
});

test("what takes long is fetched less often", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let now = 0;
    const { fetch, count, open } = gate();
    const refresher = new Refresher(fetch, 100, () => now);
    refresher.ask();
    now = 500;
    await open();
    refresher.ask();
    mock.timers.tick(1_999);
    assert.equal(count(), 1);
    mock.timers.tick(1);
    assert.equal(count(), 2);
  } finally {
    mock.timers.reset();
  }
});

test("a fetch that fails does not end fetching", async () => {
  let count = 0;
  const refresher = new Refresher(
    () => {
      count += 1;
      return Promise.reject(new Error("no"));
    },
    0,
    () => 0,
  );
  await assert.rejects(refresher.now());
  await assert.rejects(refresher.now());
  assert.equal(count, 2);
});

test("who has stopped is left alone", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { fetch, count } = gate();
    const refresher = new Refresher(fetch, 100, () => 0);
    refresher.ask();
    refresher.ask();
    refresher.stop();
    mock.timers.tick(10_000);
    assert.equal(count(), 1);
  } finally {
    mock.timers.reset();
  }
});
