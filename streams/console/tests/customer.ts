import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { standingOf } from "../src/customer";
import type { TurnView } from "../src/contracts";
import { turn } from "./builders";

let number = 0;

function notice(kind: string, text: string): TurnView {
  number += 1;
  return turn(number, { turn_id: `notice-${kind}-log/0/${number}#1`, author: "system", text });
}

const said = (author: string): TurnView => turn((number += 1), { author });

describe("what a waiting customer was told", () => {
  test("the newest place counts, and the wait that was told once", () => {
    const turns = [
      said("bot"),
      notice("average_wait_minutes", "about 4 minutes"),
      notice("queue_position", "number 3"),
      said("customer"),
      notice("next_in_line", "You are next."),
    ];
    assert.deepEqual(standingOf(turns), { place: "You are next.", wait: "about 4 minutes" });
  });

  test("what was told before somebody served them is over", () => {
    const turns = [notice("queue_position", "number 3"), said("representative"), said("customer")];
    assert.deepEqual(standingOf(turns), { place: null, wait: null });
  });

  test("private words and the system's other words say nothing about the place", () => {
    const hidden = { ...notice("queue_position", "number 9"), visibility: "private" };
    const other = turn(99, { author: "system", turn_id: "hub/7", text: "Ben joins" });
    assert.deepEqual(standingOf([hidden, other]), { place: null, wait: null });
  });
});
