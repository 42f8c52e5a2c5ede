import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, channelName, initials, percent, span, spokenSpan } from "../src/words";

test("a confidence is never rounded up over a threshold", () => {
  assert.equal(percent(0.6499), "64%");
  assert.equal(percent(0.65), "65%");
  assert.equal(percent(0.29), "29%");
  assert.equal(percent(1), "100%");
});

test("a wait reads like a clock, and clocks that differ never give a negative one", () => {
  assert.deepEqual([-5, 41_000, 725_000, 3_723_000, 90_000_000].map(span), [
    "0:00",
    "0:41",
    "12:05",
    "1:02:03",
    "1 day",
  ]);
  assert.deepEqual([-5, 59_000, 240_000, 7_200_000, 200_000_000].map(ago), ["now", "now", "4 min", "2 h", "2 d"]);
});

test("codes read as words, and unknown ones too", () => {
  assert.equal(channelName("live_chat"), "Live chat");
  assert.equal(channelName("carrier_pigeon"), "Carrier pigeon");
  assert.equal(initials("Mia van der Berg"), "MB");
  assert.equal(initials(""), "?");
});

test("a span is said in words to whoever listens", () => {
  assert.deepEqual([-5, 1_000, 59_400, 60_000, 121_000].map(spokenSpan), [
    "0 seconds",
    "1 second",
    "59 seconds",
    "1 minute",
    "2 minutes 1 second",
  ]);
});
