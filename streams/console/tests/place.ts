import assert from "node:assert/strict";
import { test } from "node:test";

import { DESK, hashOf, type Place, placeOf } from "../src/place";

const PLACES: Place[] = [
  DESK,
  { view: "desk", conversation: "c-1" },
  { view: "desk", conversation: "web/chat 7?#%" },
  { view: "board", tab: "queues", row: null },
  { view: "board", tab: "queues", row: "billing / fr" },
  { view: "board", tab: "representatives", row: "ann@example.com" },
  { view: "board", tab: "deliveries", row: null },
  { view: "intents", tab: "library", row: null },
  { view: "intents", tab: "library", row: "intent 7/#%" },
  { view: "intents", tab: "mining", row: "run-1" },
  { view: "intents", tab: "groups", row: "line:+" },
  { view: "intents", tab: "versions", row: null },
  { view: "customer", conversation: null },
  { view: "customer", conversation: "c-1" },
];

test("every place has an address that leads back to it", () => {
  for (const place of PLACES) assert.deepEqual(placeOf(hashOf(place)), place, hashOf(place));
});

test("an address that means nothing is the desk, and a wrong tab is the first one", () => {
  for (const hash of ["", "#", "#/", "#/nowhere/at/all"]) assert.deepEqual(placeOf(hash), DESK);
  assert.deepEqual(placeOf("#/board/what"), { view: "board", tab: "queues", row: null });
  assert.deepEqual(placeOf("#/intents/what"), { view: "intents", tab: "library", row: null });
  assert.deepEqual(placeOf("#/intents/settings/x"), { view: "intents", tab: "settings", row: null });
  assert.deepEqual(placeOf("#/c/100%"), { view: "desk", conversation: "100%" });
});
