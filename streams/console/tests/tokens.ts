import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { HUES } from "../src/tree";
import page from "../src/styles/page.css?raw";

const NORMAL_TEXT = 4.5;
const CONTROLS = 3;

type Theme = "light" | "dark";

/** Return the colour of a token in a theme as red, green and blue. */
function colour(token: string, theme: Theme): number[] {
  const found = new RegExp(`--${token}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(page);
  assert.ok(found, `${token} is no pair of colours`);
  const text = (theme === "light" ? found[1] : found[2]) ?? "";
  return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
}

/** Relative luminance, WCAG 2.2. */
function luminance(rgb: number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(front: string, back: string, theme: Theme): number {
  const [one, other] = [luminance(colour(front, theme)), luminance(colour(back, theme))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

const GROUNDS = ["page", "surface", "raised", "sunken", "hover", "accent-wash", "warn-wash"];
const PAIRS: [front: string, back: string, least: number][] = [
  ...GROUNDS.flatMap((ground): [string, string, number][] => [
    ["ink", ground, NORMAL_TEXT],
    ["ink-soft", ground, NORMAL_TEXT],
  ]),
  ["on-accent", "accent", NORMAL_TEXT],
  ...["page", "surface", "raised", "sunken", "accent-wash"].map((ground): [string, string, number] => [
    "accent-ink",
    ground,
    NORMAL_TEXT,
  ]),
  ["good-ink", "good-wash", NORMAL_TEXT],
  ["warn-ink", "warn-wash", NORMAL_TEXT],
  ["warn-ink", "surface", NORMAL_TEXT],
  ["warn-ink", "accent-wash", NORMAL_TEXT],
  ["bad-ink", "bad-wash", NORMAL_TEXT],
  ["accent", "surface", CONTROLS],
  ["accent", "page", CONTROLS],
  ["line-strong", "surface", CONTROLS],
  ...Array.from({ length: HUES }, (_, at) => `hue-${at + 1}`).flatMap((hue): [string, string, number][] =>
    // Of bubbles and swatches.
    ["surface", "sunken"].map((ground) => [hue, ground, CONTROLS]),
  ),
];

describe("contrast meets WCAG AA", () => {
  for (const theme of ["light", "dark"] as const) {
    for (const [front, back, least] of PAIRS) {
      test(`${front} on ${back}, ${theme}`, () => {
        const found = contrast(front, back, theme);
        assert.ok(found >= least, `${found.toFixed(2)} is below ${least}`);
      });
    }
  }
});
