/** Where the bubbles of a map lie: places of -1 to 1 made to fit a box, without covering each other. */

import type { Cluster, Piece } from "./tree";

export interface Bubble {
  piece: Piece;
  x: number;
  y: number;
  r: number;
}

export interface Box {
  width: number;
  height: number;
}

export interface Label {
  key: string;
  text: string;
  x: number;
  y: number;
}

const FILLED = 0.28;
const RADIUS_MIN = 4;
const RADIUS_MAX_SHARE = 0.13;
const ROUNDS = 60;
const GAP = 1.5;
const GOLDEN = Math.PI * (3 - Math.sqrt(5));
/** Above this many, pushing them apart takes longer than anybody waits. */
const PUSHED_MAX = 600;
const LETTER_WIDTH = 7.2;
const LABEL_HEIGHT = 15;
const LETTERS_MAX = 26;

/** Return a bubble for each piece, its area by its count, in the order of the pieces. */
export function bubblesOf(pieces: readonly Piece[], box: Box): Bubble[] {
  const total = pieces.reduce((sum, piece) => sum + Math.max(1, piece.count), 0);
  const unit = Math.sqrt((FILLED * box.width * box.height) / (Math.PI * Math.max(1, total)));
  const most = RADIUS_MAX_SHARE * Math.min(box.width, box.height);
  const hasPlaces = pieces.some(({ x, y }) => x !== 0 || y !== 0);
  const bubbles = pieces.map((piece, at) => {
    const r = Math.min(most, Math.max(RADIUS_MIN, unit * Math.sqrt(Math.max(1, piece.count))));
    const [x, y] = hasPlaces ? [piece.x, piece.y] : spiral(at, pieces.length);
    return {
      piece,
      r,
      x: box.width / 2 + clamped(x) * (box.width / 2 - r - GAP),
      y: box.height / 2 + clamped(y) * (box.height / 2 - r - GAP),
    };
  });
  if (bubbles.length <= PUSHED_MAX) push(bubbles, box);
  return bubbles;
}

/** Return the bubble to go to from `from` by an arrow key: the nearest in that direction. */
export function nextBubble(bubbles: readonly Bubble[], from: Bubble, key: string): Bubble | null {
  const way = WAYS[key];
  if (way === undefined) return null;
  let best: { bubble: Bubble; cost: number } | null = null;
  for (const bubble of bubbles) {
    const [dx, dy] = [bubble.x - from.x, bubble.y - from.y];
    const ahead = dx * way[0] + dy * way[1];
    const aside = Math.abs(dx * way[1] + dy * way[0]);
    if (ahead <= 0 || aside > 2 * ahead) continue;
    const cost = ahead + 2 * aside;
    if (best === null || cost < best.cost) best = { bubble, cost };
  }
  return best?.bubble ?? null;
}

/** Return names beside the largest clusters, as far as they do not cover each other. */
export function labelsOf(
  clusters: readonly Cluster[],
  bubbles: readonly Bubble[],
  box: Box,
): Label[] {
  const places = new Map(bubbles.map((bubble) => [bubble.piece.sub_id, bubble]));
  const labels: (Label & { half: number })[] = [];
  for (const { key, name, pieces } of clusters) {
    const text = name.length > LETTERS_MAX ? `${name.slice(0, LETTERS_MAX - 1).trimEnd()}…` : name;
    const half = (text.length * LETTER_WIDTH) / 2;
    const at = centre(pieces, places);
    if (at === null || 2 * half > box.width) continue;
    const x = Math.min(box.width - half - 2, Math.max(half + 2, at.x));
    const y = Math.min(box.height - 4, Math.max(LABEL_HEIGHT, at.y + 4));
    const isFree = labels.every(
      (other) => Math.abs(other.x - x) > other.half + half || Math.abs(other.y - y) > LABEL_HEIGHT,
    );
    if (isFree) labels.push({ key, text, x, y, half });
  }
  return labels.map(({ key, text, x, y }) => ({ key, text, x, y }));
}

/** Return the middle of a cluster by weight. */
export function centre(
  pieces: readonly Piece[],
  places: ReadonlyMap<string, Bubble>,
): { x: number; y: number } | null {
  let [x, y, weight] = [0, 0, 0];
  for (const { sub_id: id } of pieces) {
    const bubble = places.get(id);
    if (bubble === undefined) continue;
    const area = bubble.r * bubble.r;
    x += bubble.x * area;
    y += bubble.y * area;
    weight += area;
  }
  return weight === 0 ? null : { x: x / weight, y: y / weight };
}

const WAYS: Record<string, readonly [number, number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

const clamped = (value: number): number =>
  Number.isFinite(value) ? Math.min(1, Math.max(-1, value)) : 0;

function spiral(at: number, count: number): [number, number] {
  const radius = 0.92 * Math.sqrt((at + 0.5) / Math.max(1, count));
  return [radius * Math.cos(at * GOLDEN), radius * Math.sin(at * GOLDEN)];
}

/** Push apart what overlaps, and back into the box. */
function push(bubbles: Bubble[], box: Box): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    let isStill = true;
    bubbles.forEach((one, at) => {
      for (const other of bubbles.slice(at + 1)) {
        if (!separate(one, other, at)) continue;
        isStill = false;
      }
    });
    for (const bubble of bubbles) {
      bubble.x = Math.min(box.width - bubble.r - GAP, Math.max(bubble.r + GAP, bubble.x));
      bubble.y = Math.min(box.height - bubble.r - GAP, Math.max(bubble.r + GAP, bubble.y));
    }
    if (isStill) return;
  }
}

function separate(one: Bubble, other: Bubble, at: number): boolean {
  let [dx, dy] = [other.x - one.x, other.y - one.y];
  const least = one.r + other.r + GAP;
  let apart = Math.hypot(dx, dy);
  if (apart >= least) return false;
  if (apart < 1e-6) {
    // The same place: which way does not matter, as long as it is always the same.
    [dx, dy, apart] = [Math.cos(at * GOLDEN), Math.sin(at * GOLDEN), 1];
  }
  const by = (least - Math.min(apart, least)) / 2 + 0.01;
  one.x -= (dx / apart) * by;
  one.y -= (dy / apart) * by;
  other.x += (dx / apart) * by;
  other.y += (dy / apart) * by;
  return true;
}
