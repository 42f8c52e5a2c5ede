import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type Bubble, bubblesOf, centre, labelsOf, nextBubble } from "../src/bubbles";
import { clustersAt, type Piece, piecesOf } from "../src/tree";
import { mined, subIntent } from "./builders";

const BOX = { width: 640, height: 440 };
const TREE = { leaves: [], merges: [], cut: 0, cuts: {} };

function pieces(count: number, at: (number: number) => [number, number]): Piece[] {
  const subs = Array.from({ length: count }, (_, number) => {
    const [x, y] = at(number);
    return subIntent(`s${number}`, 1 + ((number * 37) % 101), { x, y });
  });
  return piecesOf({ mined: [mined("all", subs)] });
}

function assertInside(bubbles: readonly Bubble[]): void {
  for (const { x, y, r } of bubbles) {
    assert.ok(x - r >= -0.01 && x + r <= BOX.width + 0.01, `${x} ± ${r}`);
    assert.ok(y - r >= -0.01 && y + r <= BOX.height + 0.01, `${y} ± ${r}`);
  }
}

describe("bubbles", () => {
  test("they do not cover each other, wherever they come from", () => {
    const layouts = [
      pieces(60, (number) => [Math.sin(number * 3), Math.cos(number * 7)]),
      pieces(40, () => [0.5, 0.5]),
      pieces(40, () => [0, 0]),
    ];
    for (const layout of layouts) {
      const bubbles = bubblesOf(layout, BOX);
      assertInside(bubbles);
      bubbles.forEach((one, at) => {
        for (const other of bubbles.slice(at + 1)) {
          const apart = Math.hypot(one.x - other.x, one.y - other.y);
          assert.ok(apart >= (one.r + other.r) * 0.9, `${one.piece.sub_id} and ${other.piece.sub_id}`);
        }
      });
    }
  });

  test("the area grows with what was said", () => {
    const [small, large] = bubblesOf(
      piecesOf({ mined: [mined("m", [subIntent("a", 10), subIntent("b", 40), subIntent("c", 900)])] }),
      BOX,
    );
    assert.ok(small && large);
    assert.ok(Math.abs(large.r / small.r - 2) < 0.2 || small.r === 4);
  });

  test("one alone, none, and places outside of the map are drawn inside of it", () => {
    assert.deepEqual(bubblesOf([], BOX), []);
    assertInside(bubblesOf(pieces(1, () => [0, 0]), BOX));
    assertInside(bubblesOf(pieces(3, () => [7, Number.NaN]), BOX));
  });

  test("the same mining gives the same map", () => {
    const layout = pieces(50, () => [0.1, 0.1]);
    assert.deepEqual(bubblesOf(layout, BOX), bubblesOf(layout, BOX));
  });
});

describe("going from bubble to bubble", () => {
  const at = (id: string, x: number, y: number): Bubble => ({
    piece: { sub_id: id, name: id, count: 1, examples: [], words: [], x: 0, y: 0, intent_id: "" },
    x,
    y,
    r: 5,
  });
  const middle = at("middle", 100, 100);
  const all = [middle, at("right", 140, 110), at("far", 300, 100), at("up", 95, 20)];

  test("an arrow goes to the nearest in its direction, and nowhere where there is none", () => {
    const to = (key: string): string | undefined => nextBubble(all, middle, key)?.piece.sub_id;
    assert.deepEqual(["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "Enter"].map(to), [
      "right",
      "up",
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("names on the map", () => {
  test("they stand inside of it, do not cover each other, and are cut when long", () => {
    const subs = Array.from({ length: 30 }, (_, number) =>
      subIntent(`s${number}`, 50 - number, { x: Math.sin(number), y: Math.cos(number) }),
    );
    const found = subs.map((sub) => mined(sub.sub_id, [sub], { name: `Something that is quite long to say ${sub.sub_id}` }));
    const bubbles = bubblesOf(piecesOf({ mined: found }), BOX);
    const labels = labelsOf(clustersAt({ mined: found, tree: TREE }, [], 0), bubbles, BOX);
    assert.ok(labels.length > 5 && labels.length < 30);
    for (const { x, y, text } of labels) {
      assert.ok(text.length <= 26 && text.endsWith("…"));
      assert.ok(x > 0 && x < BOX.width && y > 0 && y <= BOX.height);
    }
    assert.equal(labels[0]?.key, "s0");
  });

  test("what has no bubble has no middle", () => {
    assert.equal(centre([], new Map()), null);
  });
});
