/** What a conversation is about: which part of it is shown, and what Tab puts into the box; pure. */

import type { AskedAttribute, ConversationIntent } from "./library";
import type { Variables } from "./routing";

/** What the pane shows: nothing at all, a sentence, or the intent or group. */
export type Showing = "nothing" | "looking" | "unavailable" | "intent" | "group";

/**
 * Return what there is to show of a conversation's intent.
 *
 * What is known stays in sight while nothing is suggested: a bot's answers are there before anybody
 * accepts. Where no library is in force there is nothing to say.
 */
export function showingOf(intent: ConversationIntent | null): Showing {
  if (intent === null) return "nothing";
  switch (intent.state) {
    case "intent":
      return intent.intent === null ? "nothing" : "intent";
    case "group":
      return intent.group === null ? "nothing" : "group";
    case "unavailable":
      if (intent.intent !== null) return "intent";
      if (intent.group !== null) return "group";
      return intent.library_digest === "" ? "nothing" : "unavailable";
    case "looking":
      return "looking";
    default:
      return "nothing";
  }
}

/** Return the text that is ready to be taken over into an empty box; null: there is none. */
export function ghostOf(
  intent: ConversationIntent | null,
  box: {
    /** What is written in it. */
    draft: string;
    /** What is written goes to the customer. */
    isReply: boolean;
    /** A suggestion that was waved away; the next one is shown again. */
    waved: string | null;
  },
): string | null {
  if (intent === null || !box.isReply || box.draft !== "") return null;
  if (intent.state !== "intent" && intent.state !== "group") return null;
  const { kind, text } = intent.next;
  if (kind !== "question" && kind !== "clarify") return null;
  const ghost = text.trim();
  return ghost === "" || ghost === box.waved ? null : ghost;
}

/** Return whether a key takes the ghost over: Tab alone; everything else keeps its meaning. */
export function takesGhost(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "isComposing">,
  ghost: string | null,
): boolean {
  if (ghost === null || event.key !== "Tab" || event.isComposing) return false;
  return !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
}

export interface Asked {
  known: readonly AskedAttribute[];
  missing: readonly AskedAttribute[];
}

/** Return the attributes by whether their value is known, the one to ask now first. */
export function askedOf(attributes: readonly AskedAttribute[]): Asked {
  const known = attributes.filter(({ value }) => value !== null);
  const missing = attributes.filter(({ value }) => value === null);
  return {
    known,
    missing: [...missing].sort((left, right) => Number(right.is_next) - Number(left.is_next)),
  };
}

/** Return other intents that somebody may choose instead. */
export function othersOf(intent: ConversationIntent): ConversationIntent["top"] {
  return intent.top.filter(
    ({ intent_id: id }) =>
      id !== intent.intent?.intent_id &&
      !intent.dismissed.includes(id),
  );
}

/** Return suggested responses that are not among the questions already. */
export function responsesOf(intent: ConversationIntent): ConversationIntent["responses"] {
  const questions = new Set(intent.attributes.map(({ question }) => question.trim()));
  const clarifying = intent.group?.clarifying_question.trim() ?? "";
  const seen = new Set<string>();
  return intent.responses.filter(({ text }) => {
    const words = text.trim();
    if (words === "" || words === clarifying || questions.has(words) || seen.has(words)) return false;
    seen.add(words);
    return true;
  });
}

const TOLD_BY_THE_BOT = /^(?:intent_\w+|Intent(?:Interview\w+|Undetected|Shifted|Error)|SolutionQuery)$/;

/** Return the variables of a hand-off without what the pane of the intent shows in words. */
export function withoutIntent(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !TOLD_BY_THE_BOT.test(name)));
}

const RESULTS: Record<string, string> = {
  IntentInterviewComplete: "The bot asked everything it wanted to know.",
  IntentInterviewIncomplete: "The bot did not get an answer to everything.",
  IntentUndetected: "The bot could not tell what it is about.",
  IntentShifted: "The customer began to talk about something else with the bot.",
  IntentError: "The bot's questions ended with an error.",
};

/** Return how the bot's interview ended, as a sentence. */
export function resultWords(result: string | null): string | null {
  if (result === null || result === "") return null;
  const key = result.includes("_")
    ? result.split("_").map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("")
    : result;
  return RESULTS[key] ?? RESULTS[`Intent${key}`] ?? null;
}

/** Return whether a command about the intent has come through. */
export function isAnswered(
  verb: "dismiss" | "choose" | "solution",
  before: ConversationIntent | null,
  now: ConversationIntent | null,
): boolean {
  if (now === null || now === before) return now === null && before === null;
  if (verb === "solution") return (now.solution?.at_ms ?? 0) !== (before?.solution?.at_ms ?? 0);
  if (verb === "dismiss") return now.dismissed.length > (before?.dismissed.length ?? 0);
  return now.intent?.intent_id !== before?.intent?.intent_id;
}
