/**
 * The merge tree of a mining, cut anywhere: which sub-intents make an intent, and what it is called.
 *
 * Pure, and quick enough to run on every step of a slider.
 */

import type { Granularity, MergeTree, MiningResult } from "./library";

/** A sub-intent: one bubble of the map. */
export interface Piece {
  sub_id: string;
  name: string;
  count: number;
  examples: readonly string[];
  words: readonly string[];
  x: number;
  y: number;
  /** The mined intent that it is a part of. */
  intent_id: string;
}

/** What a cut makes one intent. */
export interface Cluster {
  /** The largest of its pieces, which it keeps when more join it. */
  key: string;
  name: string;
  count: number;
  /** Largest first. */
  pieces: readonly Piece[];
  /** Number of its colour, from 0. */
  hue: number;
  /** The mined intent it is exactly, if it is one. */
  intent_id: string | null;
}

export const HUES = 12;
const NEARLY = 1e-9;

/** Return the sub-intents of a mining, each once. */
export function piecesOf({ mined }: Pick<MiningResult, "mined">): Piece[] {
  const found = new Map<string, Piece>();
  for (const intent of mined) {
    for (const sub of intent.sub_intents) {
      if (found.has(sub.sub_id)) continue;
      found.set(sub.sub_id, {
        sub_id: sub.sub_id,
        name: sub.name || intent.name,
        count: sub.count,
        examples: sub.examples.map(({ text }) => text),
        words: sub.words,
        x: sub.x,
        y: sub.y,
        intent_id: intent.intent_id,
      });
    }
  }
  return [...found.values()];
}

/**
 * Return the distances at which a cut changes something, least first.
 *
 * A node counts as far as the farthest join below it, so that cuts nest even where a tree does not
 * rise evenly. Joins of nodes that do not exist are left out.
 */
export function stepsOf(tree: MergeTree): number[] {
  return [...new Set(heights(tree).filter((height) => height !== null))].sort((a, b) => a - b);
}

/** Return how many of `steps` a cut at `distance` takes. */
export function stepAt(steps: readonly number[], distance: number): number {
  return steps.filter((step) => step <= distance + NEARLY).length;
}

/** Return the granularity whose cut takes as many steps, if one does. */
export function granularityAt(
  tree: MergeTree,
  steps: readonly number[],
  step: number,
): Granularity | null {
  const found = (["low", "medium", "high"] as const).find((name) => {
    const cut = tree.cuts[name];
    return cut !== undefined && stepAt(steps, cut) === step;
  });
  return found ?? null;
}

/** Return the granularity whose cut lies nearest to `step`. */
export function nearestGranularity(
  tree: MergeTree,
  steps: readonly number[],
  step: number,
): Granularity | null {
  let best: { name: Granularity; off: number } | null = null;
  for (const name of ["medium", "low", "high"] as const) {
    const cut = tree.cuts[name];
    if (cut === undefined) continue;
    const off = Math.abs(stepAt(steps, cut) - step);
    if (best === null || off < best.off) best = { name, off };
  }
  return best?.name ?? null;
}

/** A granularity as a place on the slider. */
export interface Stop {
  name: Granularity;
  step: number;
  /** Where its name stands, 0 to 1 from the left: few intents to many. */
  at: number;
}

const APART = 0.13;

/** Return the granularities on the slider, their names far enough from each other to be read. */
export function stopsOf(tree: MergeTree, steps: readonly number[]): Stop[] {
  const most = Math.max(1, steps.length);
  const stops = (["low", "medium", "high"] as const).flatMap((name): Stop[] => {
    const cut = tree.cuts[name];
    if (cut === undefined) return [];
    const step = stepAt(steps, cut);
    return [{ name, step, at: 1 - step / most }];
  });
  // From the left, then back from the right end where the last ones were pushed over it.
  stops.forEach((stop, at) => (stop.at = Math.max(stop.at, at === 0 ? 0.03 : (stops[at - 1]?.at ?? 0) + APART)));
  [...stops].reverse().forEach((stop, at, back) => {
    stop.at = Math.min(stop.at, at === 0 ? 0.97 : (back[at - 1]?.at ?? 1) - APART);
  });
  return stops;
}

/** Return what the first `step` steps of the tree make of the pieces, largest first. */
export function clustersAt(
  result: Pick<MiningResult, "mined" | "tree">,
  steps: readonly number[],
  step: number,
): Cluster[] {
  const pieces = piecesOf(result);
  const hues = new Map(
    [...pieces].sort(larger).map((piece, rank) => [piece.sub_id, rank % HUES] as const),
  );
  const names = namesOf(result);
  return membersAt(result.tree, pieces, steps, step)
    .map((members) => clusterOf(members, hues, names))
    .sort((left, right) => right.count - left.count || (left.key < right.key ? -1 : 1));
}

/** Return the pieces by cluster. Pieces that the tree does not know stay with their intent. */
function membersAt(
  tree: MergeTree,
  pieces: readonly Piece[],
  steps: readonly number[],
  step: number,
): Piece[][] {
  const distance = steps[Math.min(step, steps.length) - 1] ?? -Infinity;
  const roots = joinedUpTo(tree, distance);
  const place = new Map(tree.leaves.map((id, at) => [id, at] as const));
  const byRoot = new Map<string, Piece[]>();
  for (const piece of pieces) {
    const at = place.get(piece.sub_id);
    const root = at === undefined ? `intent ${piece.intent_id}` : `leaf ${roots[at] ?? at}`;
    byRoot.set(root, [...(byRoot.get(root) ?? []), piece]);
  }
  return [...byRoot.values()];
}

function clusterOf(
  members: readonly Piece[],
  hues: ReadonlyMap<string, number>,
  names: ReadonlyMap<string, { intent_id: string; name: string }>,
): Cluster {
  const pieces = [...members].sort(larger);
  const [first] = pieces;
  const mined = names.get(keyOf(pieces));
  return {
    key: first?.sub_id ?? "",
    name: mined?.name ?? first?.name ?? "",
    count: pieces.reduce((sum, piece) => sum + piece.count, 0),
    pieces,
    hue: hues.get(first?.sub_id ?? "") ?? 0,
    intent_id: mined?.intent_id ?? null,
  };
}

/** Return the mined intents by what they are made of. */
function namesOf({ mined }: Pick<MiningResult, "mined">): Map<string, { intent_id: string; name: string }> {
  return new Map(
    mined.map((intent) => [keyOf(intent.sub_intents), { intent_id: intent.intent_id, name: intent.name }]),
  );
}

function keyOf(pieces: readonly { sub_id: string }[]): string {
  return JSON.stringify(pieces.map(({ sub_id: id }) => id).sort());
}

function larger(left: Piece, right: Piece): number {
  return right.count - left.count || (left.sub_id < right.sub_id ? -1 : 1);
}

/** Return how high each join lies; null for one that joins what is not there. */
function heights({ leaves, merges }: MergeTree): (number | null)[] {
  const made: (number | null)[] = [];
  const heightOf = (node: number): number | null =>
    node < leaves.length ? (node >= 0 ? -Infinity : null) : (made[node - leaves.length] ?? null);
  for (const { left, right, distance } of merges) {
    const [one, other] = [heightOf(left), heightOf(right)];
    made.push(one === null || other === null ? null : Math.max(distance, one, other));
  }
  return made;
}

/** Return for each leaf the one that stands for everything it is joined with up to `distance`. */
function joinedUpTo(tree: MergeTree, distance: number): number[] {
  const parent = tree.leaves.map((_, at) => at);
  const find = (at: number): number => {
    let root = at;
    while (parent[root] !== undefined && parent[root] !== root) root = parent[root] as number;
    for (let next = at; next !== root; ) {
      const after = parent[next] ?? root;
      parent[next] = root;
      next = after;
    }
    return root;
  };
  /** A leaf below each node. */
  const below: number[] = tree.leaves.map((_, at) => at);
  const high = heights(tree);
  tree.merges.forEach(({ left, right }, at) => {
    const [one, other] = [below[left], below[right]];
    below.push(one ?? other ?? 0);
    const height = high[at] ?? null;
    if (height === null || height > distance + NEARLY || one === undefined || other === undefined) return;
    const [low, top] = [find(one), find(other)].sort((a, b) => a - b) as [number, number];
    parent[top] = low;
  });
  return parent.map((_, at) => find(at));
}
