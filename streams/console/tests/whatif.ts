import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Changes, Fact, Verdict } from "../src/routing";
import {
  candidateInputs,
  changesIn,
  type Input,
  inputKey,
  isEmpty,
  itemInputs,
  localText,
} from "../src/whatif";
import { decision } from "./builders";

const LAST_MS = 1_790_000_000_000;

function verdict(id: string, facts: Record<string, Fact>): Verdict {
  return { representative_id: id, name: id, rank: 1, score: {}, refusal: null, refusal_words: null, facts };
}

const DECISION = decision({
  candidates: [
    verdict("ann", {
      representative_id: "ann",
      presence: "available",
      units_used: 1,
      skills: { billing: 3, english: 5 },
      last_assigned_at_ms: LAST_MS,
      released_at_ms: 0,
      is_working: true,
      level: null,
      profiles: { chat: { limit: 3, is_blocked: false } },
    }),
    verdict("bob", { presence: "away", units_used: 0, skills: {} }),
  ],
  question: { item: { item_id: "c-1", units: 1, skills: { billing: 3 }, allowed_presences: ["available"] } },
});

const FIELDS: Input[] = [
  ...itemInputs(DECISION),
  ...DECISION.candidates.flatMap((row) => candidateInputs(row)),
];

function field(of: string | null, ...path: string[]): Input {
  const key = JSON.stringify([of, ...path]);
  const found = FIELDS.find((input) => inputKey(input) === key);
  assert.ok(found, key);
  return found;
}

function changed(...texts: [Input, string][]): Changes {
  return changesIn(DECISION, FIELDS, new Map(texts.map(([input, text]) => [inputKey(input), text])));
}

describe("what if", () => {
  test("what is asked about most comes first, and ids are no inputs", () => {
    const names = candidateInputs(DECISION.candidates[0] as Verdict).map((input) => input.path.join("."));
    assert.deepEqual(names.slice(0, 4), ["presence", "units_used", "skills", "last_assigned_at_ms"]);
    assert.ok(names.includes("profiles.chat.limit"));
    assert.ok(!names.includes("representative_id"));
  });

  test("nothing is changed by writing what was recorded", () => {
    const texts = FIELDS.map((input): [Input, string] => [input, input.recorded]);
    assert.ok(isEmpty(changed(...texts)));
  });

  test("a changed input goes out under its name with its type", () => {
    assert.deepEqual(
      changed(
        [field("ann", "presence"), "busy"],
        [field("ann", "units_used"), "3"],
        [field("ann", "is_working"), "false"],
        [field("bob", "units_used"), "2"],
        [field(null, "units"), "2"],
      ),
      {
        item: { units: 2 },
        candidates: {
          ann: { presence: "busy", units_used: 3, is_working: false },
          bob: { units_used: 2 },
        },
      },
    );
  });

  test("of skills only what differs goes out, and what is gone goes out as null", () => {
    assert.deepEqual(changed([field("ann", "skills"), "billing: 5, french"]), {
      candidates: { ann: { skills: { billing: 5, french: 0, english: null } } },
    });
    assert.deepEqual(changed([field("bob", "skills"), "billing 4"]), {
      candidates: { bob: { skills: { billing: 4 } } },
    });
    assert.deepEqual(changed([field(null, "skills"), ""]), { item: { skills: { billing: null } } });
  });

  test("an entry within an entry goes out in its place", () => {
    assert.deepEqual(changed([field("ann", "profiles", "chat", "limit"), "1"]), {
      candidates: { ann: { profiles: { chat: { limit: 1 } } } },
    });
  });

  test("a list is sent whole", () => {
    assert.deepEqual(changed([field(null, "allowed_presences"), "available, busy"]), {
      item: { allowed_presences: ["available", "busy"] },
    });
  });

  test("a moment is written as a local time and goes out in milliseconds", () => {
    const input = field("ann", "last_assigned_at_ms");
    assert.equal(input.recorded, localText(LAST_MS));
    assert.deepEqual(changed([input, localText(LAST_MS + 60_000)]), {
      candidates: { ann: { last_assigned_at_ms: LAST_MS + 60_000 } },
    });
    assert.equal(field("ann", "released_at_ms").recorded, "");
    assert.deepEqual(changed([input, ""]), { candidates: { ann: { last_assigned_at_ms: 0 } } });
  });
});
