import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { labels, picked } from "../src/articles";

const ARTICLES = [
  { article_id: "KB-1", title: "Paper jam" },
  { article_id: "KB-2", title: "Cancel an order" },
  { article_id: "KB-3", title: "Paper jam" },
];

describe("articles to choose from", () => {
  test("two with one title are told apart by their ids", () => {
    assert.deepEqual([...labels(ARTICLES).keys()], ["Paper jam · KB-1", "Cancel an order", "Paper jam · KB-3"]);
  });

  test("one is meant by label, id, or title in any case", () => {
    assert.equal(picked("Paper jam · KB-3", ARTICLES)?.article_id, "KB-3");
    assert.equal(picked("KB-1", ARTICLES)?.article_id, "KB-1");
    assert.equal(picked("cancel AN order", ARTICLES)?.article_id, "KB-2");
  });

  test("what means two, or none, is not guessed", () => {
    assert.equal(picked("Paper jam", ARTICLES), undefined);
    assert.equal(picked("paper", ARTICLES), undefined);
    assert.equal(picked("", []), undefined);
  });
});
