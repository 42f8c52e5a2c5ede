/**
 * Adaptive Cards, with the official renderer and the console's own colours.
 *
 * A card is somebody else's input. Before it is rendered it loses what could reach out (remote
 * images and media) and every link that is not http, https, mailto or tel.
 */

import {
  type Action,
  AdaptiveCard,
  ExecuteAction,
  GlobalRegistry,
  HostConfig,
  OpenUrlAction,
  SerializationContext,
  SubmitAction,
  Table,
  Versions,
} from "adaptivecards";

import { cardHtml, safeUrl } from "./text";

const BYTES_MAX = 64 * 1_024;
const DEPTH_MAX = 24;

/** Why a card is not shown, as a sentence. */
export class CardError extends Error {
  override name = "CardError";
}

/** What a button on a card asks of the console. */
export type Wish =
  | { kind: "open"; url: string }
  | { kind: "insert"; text: string }
  | { kind: "copy"; text: string }
  | { kind: "dismiss" }
  | { kind: "unknown"; sentence: string };

const colours = (name: string): { default: string; subtle: string } => ({
  default: `var(--${name})`,
  subtle: "var(--ink-soft)",
});

const foregroundColors = {
  default: colours("ink"),
  dark: colours("ink"),
  light: colours("ink-soft"),
  accent: colours("accent-ink"),
  attention: colours("bad-ink"),
  good: colours("good-ink"),
  warning: colours("warn-ink"),
};

const container = (background: string): object => ({
  backgroundColor: background,
  foregroundColors,
});

const font = (family: string): object => ({
  fontFamily: `var(${family})`,
  fontSizes: { small: 12, default: 14, medium: 15, large: 17, extraLarge: 20 },
  fontWeights: { lighter: 400, default: 400, bolder: 600 },
});

const host = new HostConfig({
  supportsInteractivity: true,
  spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 0 },
  separator: { lineThickness: 1, lineColor: "var(--line)" },
  fontTypes: { default: font("--font"), monospace: font("--font-mono") },
  imageSizes: { small: 20, medium: 48, large: 96 },
  containerStyles: {
    default: container("transparent"),
    emphasis: container("var(--sunken)"),
    accent: container("var(--accent-wash)"),
    good: container("var(--good-wash)"),
    attention: container("var(--bad-wash)"),
    warning: container("var(--warn-wash)"),
  },
  actions: {
    maxActions: 6,
    spacing: "default",
    buttonSpacing: 6,
    showCard: { actionMode: "inline", inlineTopMargin: 8 },
    actionsOrientation: "horizontal",
    actionAlignment: "left",
  },
  factSet: {
    title: { weight: "bolder", wrap: true, maxWidth: 120 },
    value: { wrap: true },
    spacing: 8,
  },
  textBlock: { headingLevel: 4 },
});

AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = cardHtml(text);
  result.didProcess = true;
};
GlobalRegistry.defaultElements.register("Table", Table, Versions.v1_5);

/** A card ready to be shown, and the first link in it. */
export interface Rendered {
  element: HTMLElement;
  link: string | null;
}

/**
 * Return the rendered card.
 *
 * Args:
 *   source: The card as an object or as JSON text.
 *   said: What the frame around the card says; a block of the card that says just that is left out.
 *   onWish: Called when somebody uses one of the card's buttons.
 *
 * Throws a `CardError` with a sentence when there is nothing that can be shown.
 */
export function renderCard(
  source: unknown,
  said: readonly string[],
  onWish: (wish: Wish) => void,
): Rendered {
  const payload = unframed(tame(parsed(source), 0) as Record<string, unknown>, said);
  const card = new AdaptiveCard();
  card.hostConfig = host;
  card.onExecuteAction = (action) => onWish(wishOf(action));
  let element: HTMLElement | undefined;
  try {
    card.parse(payload, new SerializationContext(Versions.v1_5));
    element = card.render();
  } catch (error) {
    throw new CardError(`The card cannot be drawn (${String(error)}).`);
  }
  if (!element || card.getItemCount() === 0) throw new CardError("The card holds nothing this page can draw.");
  return { element, link: linkIn(payload.actions) };
}

/** Return a card without the blocks and buttons that the frame around it has already. */
export function unframed(
  card: Record<string, unknown>,
  said: readonly string[],
): Record<string, unknown> {
  const body = partsOf(card.body).filter((part) => !said.includes(wordsOf(part)));
  const actions = partsOf(card.actions).filter(
    (part) => !(part.type === "Action.Execute" && lastWord(text(part.verb)) === "dismiss"),
  );
  return { ...card, body, actions };
}

function partsOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** Return all text of a part of a card, in reading order. */
function wordsOf(part: unknown): string {
  if (Array.isArray(part)) return part.map(wordsOf).join("");
  if (!isRecord(part)) return "";
  const inner = ["columns", "items", "inlines"].map((name) => wordsOf(part[name]));
  return text(part.text) + inner.join("");
}

function linkIn(actions: unknown): string | null {
  const open = partsOf(actions).find((action) => action.type === "Action.OpenUrl");
  return open ? safeUrl(open.url) : null;
}

/** Return `dismiss` of `cuestream.recommendation.dismiss`. */
function lastWord(verb: string): string {
  return (verb.split(".").at(-1) ?? "").replace(/[^a-z]/gi, "").toLowerCase();
}

function parsed(source: unknown): Record<string, unknown> {
  const text = typeof source === "string" ? source : JSON.stringify(source ?? null);
  if (text.length > BYTES_MAX) throw new CardError("The card is larger than 64 KiB.");
  let card: unknown;
  try {
    card = JSON.parse(text);
  } catch {
    throw new CardError("The card is not valid JSON.");
  }
  if (!isRecord(card) || card.type !== "AdaptiveCard") {
    throw new CardError("This is not an Adaptive Card.");
  }
  return card;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return a copy of a part of a card without what may not be shown; undefined drops the part. */
export function tame(part: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new CardError(`The card is nested deeper than ${DEPTH_MAX} levels.`);
  if (Array.isArray(part)) {
    return part.map((item) => tame(item, depth + 1)).filter((item) => item !== undefined);
  }
  if (!isRecord(part)) return part;
  if (part.type === "Action.OpenUrl" && safeUrl(part.url) === null) return undefined;
  if (part.type === "Media") return undefined;
  if (part.type === "Image" && !isLocalImage(part.url)) return undefined;
  const kept = Object.entries(part).map(([name, value]): [string, unknown] => {
    if (name === "backgroundImage") return [name, undefined];
    if (name === "iconUrl" && !isLocalImage(value)) return [name, undefined];
    // What a button carries is data, not card.
    if (name === "data") return [name, value];
    return [name, tame(value, depth + 1)];
  });
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

function isLocalImage(url: unknown): boolean {
  return typeof url === "string" && /^data:image\/(?:png|jpeg|gif|webp);base64,/i.test(url);
}

function wishOf(action: Action): Wish {
  if (action instanceof OpenUrlAction) return open(action.url);
  if (action instanceof ExecuteAction || action instanceof SubmitAction) {
    const verb = action instanceof ExecuteAction ? action.verb : "";
    return wishIn(verb, isRecord(action.data) ? action.data : {}, action.title ?? "");
  }
  return unknown(action.title ?? "");
}

/** Return what a button asks for: our own verbs, and Dynamics 365 macro and custom actions. */
export function wishIn(verb: string, data: Record<string, unknown>, title: string): Wish {
  const inner = isRecord(data.data) ? data.data : data;
  const name = verb || text(data.verb) || text(data.CustomAction) || text(data.MacroName);
  const given = [inner, data.CustomParameters, data.MacroParameters].filter(isRecord);
  const find = (...names: string[]): string =>
    given.flatMap((record) => names.map((key) => text(record[key]))).find(Boolean) ?? "";
  const link = safeUrl(find("url", "link", "kbLink", "kblink"));
  switch (lastWord(name)) {
    case "dismiss":
      return { kind: "dismiss" };
    case "insert":
    case "insertreply":
    case "insertlink":
    case "send":
    case "sendlink":
    case "sendkb": {
      const words = find("text", "reply") || link;
      return words ? { kind: "insert", text: words } : unknown(title);
    }
    case "copy":
    case "copylink":
    case "copyurl": {
      const words = find("text") || link;
      return words ? { kind: "copy", text: words } : unknown(title);
    }
    case "open":
    case "openlink":
    case "openarticle":
    case "openkblink":
      return link ? { kind: "open", url: link } : unknown(title);
    default:
      return unknown(title);
  }
}

function open(url: string | undefined): Wish {
  const safe = safeUrl(url);
  return safe ? { kind: "open", url: safe } : unknown("Open");
}

function unknown(title: string): Wish {
  const named = title ? `“${title}”` : "This button";
  return { kind: "unknown", sentence: `${named} asks for something this console cannot do.` };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
