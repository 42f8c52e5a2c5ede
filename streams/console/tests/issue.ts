import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { askedOf, ghostOf, isAnswered, othersOf, responsesOf, resultWords, showingOf, takesGhost, withoutIntent } from "../src/issue";
import { asked, wanted } from "./builders";

const BOX = { draft: "", isReply: true, waved: null };
const TAB = { key: "Tab", shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, isComposing: false };
const GROUP = { group_id: "g", name: "Orders", clarifying_question: "Which order is it about?" };

describe("what is shown", () => {
  test("nothing is shown where nothing is known, or no library is in force", () => {
    assert.equal(showingOf(null), "nothing");
    assert.equal(showingOf(wanted({ state: "none", intent: null })), "nothing");
    assert.equal(showingOf(wanted({ state: "unavailable", intent: null, library_digest: "" })), "nothing");
  });

  test("while it is mapped and without an active conversation that is said", () => {
    assert.equal(showingOf(wanted({ state: "looking", intent: null })), "looking");
    assert.equal(showingOf(wanted({ state: "unavailable", intent: null })), "unavailable");
  });

  test("what is known already stays in sight while nothing can be suggested", () => {
    assert.equal(showingOf(wanted({ state: "unavailable" })), "intent");
    assert.equal(showingOf(wanted({ state: "unavailable", intent: null, group: GROUP })), "group");
  });

  test("an intent or only a group", () => {
    assert.equal(showingOf(wanted()), "intent");
    assert.equal(showingOf(wanted({ state: "group", intent: null, group: GROUP })), "group");
    assert.equal(showingOf(wanted({ state: "group", intent: null, group: null })), "nothing");
  });

  test("the attribute to ask now comes first among the missing, known ones stand apart", () => {
    const { known, missing } = askedOf([
      asked("a", { value: "" }),
      asked("b"),
      asked("c", { is_next: true }),
      asked("d", { value: "x" }),
    ]);
    assert.deepEqual(known.map((one) => one.attribute_id), ["a", "d"]);
    assert.deepEqual(missing.map((one) => one.attribute_id), ["c", "b"]);
  });

  test("neither the intent itself nor one that was found wrong is offered instead", () => {
    const one = (intent_id: string): { intent_id: string; name: string; score: number } => ({
      intent_id,
      name: intent_id,
      score: 0.2,
    });
    const top = [one("refund"), one("wrong"), one("other")];
    const left = othersOf(wanted({ top, dismissed: ["wrong"] }));
    assert.deepEqual(left.map((row) => row.intent_id), ["other"]);
  });

  test("a response that stands among the questions already is not shown twice", () => {
    const say = (text: string): { kind: "reply"; text: string; why: string } => ({ kind: "reply", text, why: "" });
    const intent = wanted({
      attributes: [asked("order")],
      group: GROUP,
      responses: [say("Which order?"), say(GROUP.clarifying_question), say("I am sorry."), say("I am sorry. "), say(" ")],
    });
    assert.deepEqual(responsesOf(intent).map(({ text }) => text), ["I am sorry."]);
  });

  test("what the pane shows in words is not listed among the bot's variables, too", () => {
    const variables = {
      order: "70441",
      intent_id: "refund",
      intent_attributes: "[]",
      IntentInterviewComplete: "true",
      SolutionQuery: "refund",
      IntentionOfTheirs: "kept",
      line_of_business: "shop",
    };
    assert.deepEqual(withoutIntent(variables), {
      order: "70441",
      IntentionOfTheirs: "kept",
      line_of_business: "shop",
    });
  });

  test("how the bot's interview ended is said in words", () => {
    assert.match(resultWords("IntentInterviewComplete") ?? "", /asked everything/);
    assert.equal(resultWords("SomethingElse"), null);
    assert.equal(resultWords(null), null);
  });
});

describe("the question that waits in the empty box", () => {
  test("it waits where the next thing is a question", () => {
    assert.equal(ghostOf(wanted(), BOX), "Which order is it?");
    const clarify = { kind: "clarify" as const, attribute_id: null, text: " Which order? " };
    assert.equal(ghostOf(wanted({ state: "group", intent: null, group: GROUP, next: clarify }), BOX), "Which order?");
  });

  test("nothing waits when something is written, not even a space", () => {
    assert.equal(ghostOf(wanted(), { ...BOX, draft: "H" }), null);
    assert.equal(ghostOf(wanted(), { ...BOX, draft: " " }), null);
  });

  test("nothing waits in a note, in somebody else's conversation, or once it is over", () => {
    assert.equal(ghostOf(wanted(), { ...BOX, isReply: false }), null);
    assert.equal(ghostOf(wanted({ state: "unavailable" }), BOX), null);
    assert.equal(ghostOf(null, BOX), null);
  });

  test("nothing waits when no question is next", () => {
    for (const kind of ["solution", "none"] as const) {
      assert.equal(ghostOf(wanted({ next: { kind, attribute_id: null, text: "see this" } }), BOX), null);
    }
    assert.equal(ghostOf(wanted({ next: { kind: "question", attribute_id: "a", text: " " } }), BOX), null);
  });

  test("what was waved away stays away until another question is next", () => {
    const waved = { ...BOX, waved: "Which order is it?" };
    assert.equal(ghostOf(wanted(), waved), null);
    const next = { kind: "question" as const, attribute_id: "date", text: "When was that?" };
    assert.equal(ghostOf(wanted({ next }), waved), "When was that?");
  });

  test("Tab alone takes it; with another key, or without a question, Tab leaves the box", () => {
    assert.ok(takesGhost(TAB, "Which?"));
    assert.ok(!takesGhost(TAB, null));
    for (const key of ["shiftKey", "ctrlKey", "altKey", "metaKey", "isComposing"]) {
      assert.ok(!takesGhost({ ...TAB, [key]: true }, "Which?"), key);
    }
    assert.ok(!takesGhost({ ...TAB, key: "Enter" }, "Which?"));
  });
});

describe("a command about the intent has come through", () => {
  test("when what it asked for is there", () => {
    const before = wanted();
    assert.ok(!isAnswered("dismiss", before, before));
    assert.ok(isAnswered("dismiss", before, wanted({ dismissed: ["refund"] })));
    assert.ok(isAnswered("choose", before, wanted({ intent: { intent_id: "x", name: "x", score: 1 } })));
    assert.ok(!isAnswered("choose", before, wanted({ margin: 0.4 })));
    const solution = { query: "refund", results: [], at_ms: 7 };
    assert.ok(isAnswered("solution", before, wanted({ solution })));
    assert.ok(!isAnswered("solution", wanted({ solution }), wanted({ solution })));
  });
});
