import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { MergeTree } from "../src/library";
import {
  type Cluster,
  clustersAt,
  granularityAt,
  HUES,
  nearestGranularity,
  piecesOf,
  stepAt,
  stepsOf,
  stopsOf,
} from "../src/tree";
import { mined, subIntent } from "./builders";

/** a and b join at .1, c and d at .2, all four at .6; e joins last, at .9. */
const TREE: MergeTree = {
  leaves: ["a", "b", "c", "d", "e"],
  merges: [
    { left: 0, right: 1, distance: 0.1 },
    { left: 2, right: 3, distance: 0.2 },
    { left: 5, right: 6, distance: 0.6 },
    { left: 7, right: 4, distance: 0.9 },
  ],
  cut: 0.25,
  cuts: { low: 0.7, medium: 0.25, high: 0.05 },
};
const MINED = [
  mined("orders", [subIntent("a", 5), subIntent("b", 9)], { name: "Where is my order" }),
  mined("cards", [subIntent("c", 20), subIntent("d", 1)], { name: "Card declined" }),
  mined("other", [subIntent("e", 2)]),
];
const STEPS = stepsOf(TREE);

const cut = (step: number, tree = TREE, found = MINED): Cluster[] =>
  clustersAt({ mined: found, tree }, stepsOf(tree), step);
const members = (clusters: readonly Cluster[]): string[] =>
  clusters.map(({ pieces }) => pieces.map(({ sub_id: id }) => id).sort().join(""));

describe("cutting the merge tree", () => {
  test("every step joins something more, from every leaf alone to one", () => {
    assert.deepEqual(STEPS, [0.1, 0.2, 0.6, 0.9]);
    assert.deepEqual([0, 1, 2, 3, 4].map((step) => cut(step).length), [5, 4, 3, 2, 1]);
  });

  test("the largest comes first, equal ones in the order of their ids", () => {
    assert.deepEqual(members(cut(2)), ["cd", "ab", "e"]);
    const even = [mined("m", [subIntent("b", 3), subIntent("a", 3)])];
    const tree = { ...TREE, leaves: ["b", "a"], merges: [] };
    assert.deepEqual(members(cut(0, tree, even)), ["a", "b"]);
  });

  test("a cut nests in every coarser one", () => {
    for (let step = 0; step < STEPS.length; step += 1) {
      const coarse = cut(step + 1).map(({ pieces }) => new Set(pieces.map((piece) => piece.sub_id)));
      for (const { pieces } of cut(step)) {
        assert.ok(coarse.some((one) => pieces.every((piece) => one.has(piece.sub_id))));
      }
    }
  });

  test("nothing said is lost at any cut", () => {
    for (let step = 0; step <= STEPS.length; step += 1) {
      assert.equal(cut(step).reduce((sum, { count }) => sum + count, 0), 37);
    }
  });

  test("where it is what was mined it has that name, elsewhere its largest part's", () => {
    assert.deepEqual(cut(2).map(({ name }) => name), ["Card declined", "Where is my order", "other"]);
    assert.deepEqual(cut(3).map(({ name, intent_id: id }) => [name, id]), [["c", null], ["other", "other"]]);
  });

  test("an intent keeps its colour and its key while others join it", () => {
    const hueOf = (step: number): number | undefined => cut(step).find(({ key }) => key === "c")?.hue;
    assert.deepEqual([0, 1, 2, 3, 4].map(hueOf), [0, 0, 0, 0, 0]);
    assert.ok(cut(0).every(({ hue }) => hue >= 0 && hue < HUES));
    assert.equal(new Set(cut(0).map(({ hue }) => hue)).size, 5);
  });

  test("joins at one distance are one step", () => {
    const tree = { ...TREE, merges: TREE.merges.map((join) => ({ ...join, distance: 0.4 })) };
    assert.deepEqual(stepsOf(tree), [0.4]);
    assert.deepEqual([cut(0, tree).length, cut(1, tree).length], [5, 1]);
  });

  test("a tree that does not rise evenly still nests", () => {
    const merges = [
      { left: 0, right: 1, distance: 0.5 },
      { left: 5, right: 2, distance: 0.3 },
    ];
    const tree = { ...TREE, merges };
    assert.deepEqual(stepsOf(tree), [0.5]);
    assert.deepEqual(members(cut(0, tree)), ["c", "b", "a", "e", "d"]);
    assert.deepEqual(members(cut(1, tree)), ["abc", "e", "d"]);
  });

  test("joins of what is not there and leaves that nobody knows do no harm", () => {
    const merges = [
      { left: 0, right: 99, distance: 0.1 },
      { left: 6, right: 2, distance: 0.2 },
      { left: 0, right: 1, distance: 0.3 },
    ];
    const tree = { ...TREE, leaves: [...TREE.leaves, "ghost"], merges };
    assert.deepEqual(stepsOf(tree), [0.3]);
    assert.equal(cut(1, tree).length, 4);
  });

  test("parts that the tree does not hold stay with their intent", () => {
    const tree: MergeTree = { leaves: [], merges: [], cut: 0, cuts: {} };
    assert.deepEqual(members(cut(0, tree)), ["cd", "ab", "e"]);
    assert.deepEqual(clustersAt({ mined: [], tree }, [], 0), []);
  });

  test("a part that two intents name is drawn once", () => {
    const twice = [mined("x", [subIntent("a", 3)]), mined("y", [subIntent("a", 3)])];
    assert.equal(piecesOf({ mined: twice }).length, 1);
  });

  test("thousands of parts are cut while somebody drags", () => {
    const leaves = Array.from({ length: 3_000 }, (_, at) => `s${at}`);
    const merges = leaves.slice(1).map((_, at) => ({
      left: at === 0 ? 0 : leaves.length + at - 1,
      right: at + 1,
      distance: at / 3_000,
    }));
    const tree = { leaves, merges, cut: 0.5, cuts: {} };
    const found = [mined("all", leaves.map((id, at) => subIntent(id, at)))];
    const steps = stepsOf(tree);
    assert.equal(clustersAt({ mined: found, tree }, steps, steps.length).length, 1);
    assert.equal(clustersAt({ mined: found, tree }, steps, 0).length, 3_000);
  });
});

describe("the slider", () => {
  test("it begins where the mining was cut", () => {
    assert.equal(stepAt(STEPS, TREE.cut), 2);
    assert.equal(stepAt(STEPS, 0), 0);
    assert.equal(stepAt(STEPS, 0.1), 1);
    assert.equal(stepAt(STEPS, 9), 4);
  });

  test("it names the granularity where one is, and the nearest where none is", () => {
    assert.deepEqual([0, 1, 2, 3].map((step) => granularityAt(TREE, STEPS, step)), ["high", null, "medium", "low"]);
    assert.equal(nearestGranularity(TREE, STEPS, 4), "low");
    assert.equal(nearestGranularity(TREE, STEPS, 1), "medium");
    assert.equal(nearestGranularity({ ...TREE, cuts: {} }, STEPS, 1), null);
  });

  test("the names of the granularities stand at their places, few intents on the left", () => {
    const stops = stopsOf(TREE, STEPS);
    assert.deepEqual(stops.map(({ name, step }) => [name, step]), [["low", 3], ["medium", 2], ["high", 0]]);
    assert.deepEqual(stops.map(({ at }) => at), [0.25, 0.5, 0.97]);
  });

  test("names never cover each other, not even where all cuts are the same", () => {
    for (const at of [0, 0.3, 1]) {
      const stops = stopsOf({ ...TREE, cuts: { low: at, medium: at, high: at } }, STEPS).map((stop) => stop.at);
      for (const [before, after] of [[0, 1], [1, 2]] as const) {
        assert.ok((stops[after] ?? 0) - (stops[before] ?? 0) >= 0.13 - 1e-9, `${stops}`);
      }
      assert.ok(stops.every((stop) => stop >= 0 && stop <= 1), `${stops}`);
    }
  });
});
