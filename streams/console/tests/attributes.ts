import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  attributesProblem,
  changesOf,
  charactersLeft,
  conditionsOf,
  conditionWords,
  freshAttribute,
  leftWords,
  listed,
  moved,
} from "../src/attributes";
import { attribute } from "./builders";

describe("the list of attributes", () => {
  test("one moves, the others keep their order", () => {
    assert.deepEqual(moved(["a", "b", "c"], 0, 2), ["b", "c", "a"]);
    assert.deepEqual(moved(["a", "b", "c"], 2, 0), ["c", "a", "b"]);
    assert.deepEqual(moved(["a", "b"], 1, 1), ["a", "b"]);
  });

  test("beyond the ends nothing moves", () => {
    for (const [from, to] of [[0, -1], [1, 2], [7, 0], [-1, 0]] as const) {
      assert.deepEqual(moved(["a", "b"], from, to), ["a", "b"]);
    }
  });

  test("a new one has an id of its own", () => {
    assert.equal(freshAttribute([]).attribute_id, "attribute_1");
    assert.equal(freshAttribute([attribute("attribute_2")]).attribute_id, "attribute_3");
    assert.equal(freshAttribute([attribute("attribute_2"), attribute("x")]).attribute_id, "attribute_3");
  });

  test("what is missing or doubled is said before anything is sent", () => {
    assert.equal(attributesProblem([]), null);
    assert.equal(attributesProblem([attribute("order"), attribute("date")]), null);
    assert.match(attributesProblem([attribute("a", { name: " " })]) ?? "", /needs a name/);
    assert.match(attributesProblem([attribute("a", { question: "" })]) ?? "", /needs a question/);
    assert.match(attributesProblem([attribute("a"), attribute("b", { name: "A " })]) ?? "", /Two attributes/);
    assert.match(attributesProblem([attribute("a", { kind: "enum", values: ["one"] })]) ?? "", /two values/);
  });

  test("values stand between commas or line ends, each once", () => {
    assert.deepEqual(listed(" red, green,\nred ,, blue "), ["red", "green", "blue"]);
    assert.deepEqual(listed(""), []);
  });
});

describe("limits", () => {
  test("characters are counted as people count them", () => {
    assert.equal(charactersLeft("ab", 3), 1);
    assert.equal(charactersLeft("😀😀", 2), 0);
    assert.equal(charactersLeft("abc", 2), -1);
    assert.deepEqual([2_000, 1, 0, -1].map(leftWords), [
      "2,000 characters left",
      "1 character left",
      "0 characters left",
      "1 character too many",
    ]);
  });
});

describe("forms", () => {
  test("a command names only what it changes", () => {
    const saved = { name: "Orders", queues: ["a"], line: null as string | null };
    assert.deepEqual(changesOf({ name: "Orders", queues: ["a"], line: null }, saved), {});
    assert.deepEqual(changesOf({ name: "Order", queues: ["a", "b"], line: "x" }, saved), {
      name: "Order",
      queues: ["a", "b"],
      line: "x",
    });
    assert.deepEqual(changesOf({ name: "Orders" }, undefined), { name: "Orders" });
  });

  test("conditions are read and said", () => {
    assert.deepEqual(conditionsOf("language=de, note = a=b"), { language: "de", note: "a=b" });
    assert.deepEqual(conditionsOf(" "), {});
    for (const wrong of ["language", "=de", "language="]) assert.equal(conditionsOf(wrong), null, wrong);
    assert.equal(conditionWords({ language: "de", country: "AT" }), "language=de, country=AT");
  });
});
