"""Attributes and what fills them: found, named, recognised, and which turns carry a wish.

    python -m ops bench attributes --sgd DIR --multidogo DIR [--clinc data_full.json]

Schema-Guided Dialogue (CC BY-SA 4.0; `dialogues_*.json` and `schema.json`) and MultiDoGO
(CDLA-Permissive 1.0; a folder a domain) are not part of the repository. Quality does not depend on
the machine; throughput is told beside that of splitting the same turns into words in the same run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.bench.progress import Teller
from ops.encoder import bearing as training
from processors.intents.bearing import bearing
from processors.intents.recognise import answers, recognise
from processors.intents.redaction import redacted
from processors.miner import tagger
from processors.miner.attributes import Question, questions_of
from processors.miner.history import HistoryTurn, Role

DIALOGUES_MIN = 10
"""Intents with fewer dialogues are left out."""
PRECISION_MIN, RECALL_MIN, EXACT_MIN, BEARING_MIN, SLOT_MIN = 0.97, 0.92, 0.70, 0.63, 0.62
"""Gates."""
SAID_AT_MS = 1_551_398_400_000
"""1 March 2019, the day on which the dialogues of SGD take place."""
_YES_NO = {"True": "yes", "False": "no"}


@dataclass
class Told:
    """One turn with what is known of it: slots asked for, slots told and their spans."""

    turn: HistoryTurn
    asks: list[str] = field(default_factory=list)
    tells: dict[str, str] = field(default_factory=dict)
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    intents: list[tuple[str, str]] = field(default_factory=list)


Talk = list[Told]


# ------------------------------------------------------------------ Schema-Guided Dialogue


def sgd(folder: Path) -> list[Talk]:
    """Return the dialogues of SGD."""
    return [
        [_told(dialogue, number) for number in range(len(dialogue["turns"]))]
        for file in sorted(folder.glob("dialogues_*.json"))
        for dialogue in json.loads(file.read_text(encoding="utf-8"))
    ]


def _told(dialogue: dict[str, Any], number: int) -> Told:
    turn = dialogue["turns"][number]
    is_customer = turn["speaker"] == "USER"
    role: Role = "customer" if is_customer else "representative"
    name = dialogue["dialogue_id"]
    told = Told(HistoryTurn(f"{name}-{number}", turn["utterance"], role, name, number + 1))
    for frame in turn["frames"]:
        told.spans += [(one["slot"], one["start"], one["exclusive_end"]) for one in frame["slots"]]
        for act in frame["actions"]:
            if act["act"] == "REQUEST" and not is_customer:
                told.asks.append(act["slot"])
            if act["act"] == "INFORM" and is_customer and act["values"]:
                told.tells[act["slot"]] = act["values"][0]
        if is_customer and frame["state"]["active_intent"] != "NONE":
            told.intents.append((frame["service"], frame["state"]["active_intent"]))
    return told


def by_intent(talks: Sequence[Talk], *, is_whole: bool) -> dict[tuple[str, str], list[Talk]]:
    """Return the talks of each intent: whole, or from where it begins to where the next does."""
    found: dict[tuple[str, str], list[Talk]] = defaultdict(list)
    for talk in talks:
        if is_whole:
            for intent in dict.fromkeys(one for told in talk for one in told.intents):
                found[intent].append(talk)
        else:
            for intent, part in _parts(talk):
                found[intent].append(part)
    return {key: own for key, own in sorted(found.items()) if len(own) >= DIALOGUES_MIN}


def _parts(talk: Talk) -> Iterator[tuple[tuple[str, str], Talk]]:
    present: tuple[str, str] | None = None
    part: Talk = []
    for told in talk:
        if told.intents and told.intents[-1] != present:
            if present is not None:
                yield present, part
            present, part = told.intents[-1], []
        part.append(told)
    if present is not None:
        yield present, part


def mine(own: list[Talk]) -> tuple[Question, ...]:
    """Return what is mined from the talks of an intent."""
    return questions_of([([told.turn for told in talk], 0) for talk in own])


def gold_of(question: Question, own: list[Talk]) -> str | None:
    """Return the slot asked for most often where a mined question was; None for none."""
    asked = [own[one.dialogue][one.turn].asks for one in question.occurrences]
    counts = Counter(slot for slots in asked for slot in slots)
    best, times = next(iter(counts.most_common(1)), (None, 0))
    return best if times >= sum(not slots for slots in asked) else None


def required(talks: list[Talk], schema: Any, teller: Teller) -> Iterator[str]:
    """Yield precision and recall of required attributes, of whole dialogues and of parts."""
    services = {one["service_name"]: one for one in schema}
    slots = {slot["name"] for one in schema for slot in one["slots"]}
    for is_whole in (True, False):
        groups = by_intent(talks, is_whole=is_whole)
        found = right = named = wanted = hit = asked_for = hit_asked = 0
        with teller.task("mining the intents of SGD", len(groups)) as done:
            for number, ((service, name), own) in enumerate(groups.items(), start=1):
                intent = next(one for one in services[service]["intents"] if one["name"] == name)
                needed = set(intent["required_slots"])
                allowed = slots if is_whole else needed | set(intent["optional_slots"])
                pairs = [
                    (question.attribute.name, gold_of(question, own))
                    for question in mine(own)
                    if question.attribute.is_required
                ]
                asked = Counter(
                    slot for talk in own for slot in {slot for told in talk for slot in told.asks}
                )
                often = {slot for slot in needed if asked[slot] >= 0.15 * len(own)}
                got = {gold for _, gold in pairs}
                found += len(pairs)
                right += sum(gold in allowed for _, gold in pairs)
                named += sum(_shares_a_stem(name, gold) for name, gold in pairs)
                wanted, hit = wanted + len(needed), hit + len(needed & got)
                asked_for, hit_asked = asked_for + len(often), hit_asked + len(often & got)
                done(number)
        how = "whole dialogues" if is_whole else "the intent's part"
        precision, recall = right / max(found, 1), hit_asked / max(asked_for, 1)
        yield (
            f"{how:18} precision {precision:.3f} {_gate(precision, PRECISION_MIN)}  recall of "
            f"required slots asked in 15 %: {recall:.3f} {_gate(recall, RECALL_MIN)}, of all "
            f"required: {hit / max(wanted, 1):.3f}  name shares a stem "
            f"{named / max(found, 1):.2f}  {found} attributes, {len(groups)} intents"
        )


def _shares_a_stem(name: str, gold: str | None) -> bool:
    stems = [word[:4] for word in name.split()]
    return any(word[:4] in stems for word in (gold or "").split("_"))


def spans(talks: list[Talk]) -> Iterator[str]:
    """Yield how many of the spans customers told a recogniser overlaps and hits exactly."""
    for is_answer in (True, False):
        total = over = exact = 0
        for talk in talks:
            for before, one_said in zip([None, *talk], talk, strict=False):
                if one_said.turn.role != "customer":
                    continue
                values = recognise(one_said.turn.text)
                for slot, start, end in one_said.spans:
                    if is_answer and (before is None or slot not in before.asks):
                        continue
                    total += 1
                    over += any(one.start < end and start < one.end for one in values)
                    exact += any((one.start, one.end) == (start, end) for one in values)
        share = exact / max(total, 1)
        what = "answers to questions" if is_answer else "everything told"
        told = f"exact {share:.3f} {_gate(share, EXACT_MIN)}  of {total:,}"
        yield f"{what:21} overlap {over / max(total, 1):.3f}  {told}"


def filling(talks: list[Talk]) -> Iterator[str]:
    """Yield how well attributes mined on one half of an intent are filled on the other."""
    asked: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for own in by_intent(talks, is_whole=False).values():
        half = len(own) // 2
        questions = mine(own[:half])
        gold = {one.attribute.attribute_id: gold_of(one, own[:half]) for one in questions}
        attributes = [one.attribute for one in questions if gold[one.attribute.attribute_id]]
        ids = {gold[one.attribute_id]: one.attribute_id for one in reversed(attributes)}
        for talk in own[half:]:
            for before, told in zip([None, *talk], talk, strict=False):
                if told.turn.role != "customer":
                    continue
                wants = [ids[slot] for slot in (before.asks if before else []) if slot in ids]
                said = answers(
                    attributes,
                    told.turn.text,
                    asked=wants[0] if wants else None,
                    now_ms=SAID_AT_MS,
                )
                told_ids = [ids[slot] for slot in told.tells if slot in ids]
                for attribute_id in ids.values():
                    counts = asked if attribute_id in wants[:1] else other
                    answer = said.get(attribute_id)
                    slot = gold[attribute_id] or ""
                    counts["told"] += attribute_id in told_ids
                    counts["filled"] += answer is not None
                    counts["right"] += answer is not None and _is_same(
                        told.tells.get(slot), answer.value, answer.text
                    )
    for name, counts in (("asked for", asked), ("not asked for", other)):
        precision = counts["right"] / max(counts["filled"], 1)
        recall = counts["right"] / max(counts["told"], 1)
        told_times = f"of {counts['told']:,} told"
        yield f"{name:14} precision {precision:.3f}  recall {recall:.3f}  {told_times}"


def _is_same(gold: str | None, value: str, text: str) -> bool:
    return gold is not None and (gold in text or text in gold or value == _YES_NO.get(gold, gold))


# ------------------------------------------------------------------ MultiDoGO


def slots(folder: Path) -> Iterator[str]:
    """Yield overlap of recognised values with the slots of MultiDoGO's test turns, by domain."""
    for file in sorted(folder.glob("*/test.tsv")):
        gold = hit = found = right = 0
        for words, labels in _slots(file):
            text = " ".join(words)
            places = _places(words, labels)
            values = recognise(text)
            gold, found = gold + len(places), found + len(values)
            for one in values:
                right += any(one.start < end and start < one.end for start, end in places)
            for start, end in places:
                hit += any(one.start < end and start < one.end for one in values)
        yield (
            f"{file.parent.name:12} overlap recall {hit / max(gold, 1):.3f}  precision "
            f"{right / max(found, 1):.3f}  of {gold:,} slots"
        )


def _slots(file: Path) -> Iterator[tuple[list[str], list[str]]]:
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n")[1:]:
        columns = line.split("\t")
        if len(columns) == 6 and len(columns[3].split()) == len(columns[4].split()):
            yield columns[3].split(), columns[4].split()


def _places(words: list[str], labels: list[str]) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    start, before = 0, "O"
    for word, label in zip(words, labels, strict=True):
        if label != "O":
            if label == before:
                places[-1] = (places[-1][0], start + len(word))
            else:
                places.append((start, start + len(word)))
        start, before = start + len(word) + 1, label
    return places


def tagging(folder: Path) -> Iterator[str]:
    """Yield span F1 of the token tagger after 200 and 1,000 curated turns of a domain."""
    for curated in (200, 1_000):
        scores = []
        for file in sorted(folder.glob("*/train.tsv")):
            turns = sorted(_slots(file), key=lambda one: tagger.order_of(" ".join(one[0])))
            turns = list({" ".join(words): (words, labels) for words, labels in turns}.values())
            model = tagger.train(turns[:curated])
            scores.append(_span_f1(model, list(_slots(file.with_name("test.tsv")))))
        mean = sum(scores) / max(len(scores), 1)
        gate = _gate(mean, SLOT_MIN) if curated == 1_000 else ""
        each = ", ".join(f"{score:.3f}" for score in scores)
        yield f"{curated:5,} curated turns: span F1 {mean:.3f} {gate} ({each})"


def _span_f1(model: tagger.Tagger, turns: list[tuple[list[str], list[str]]]) -> float:
    hits = found = wanted = 0
    for words, labels in turns:
        gold, got = _spans_of(labels), _spans_of(model.tag(words))
        hits, found, wanted = hits + len(gold & got), found + len(got), wanted + len(gold)
    return 2 * hits / max(found + wanted, 1)


def _spans_of(labels: Sequence[str]) -> set[tuple[int, int, str]]:
    spans_found: set[tuple[int, int, str]] = set()
    start = 0
    for place in range(1, len(labels) + 1):
        if place == len(labels) or labels[place] != labels[start]:
            if labels[start] != "O":
                spans_found.add((start, place, labels[start]))
            start = place
    return spans_found


def wishes(folder: Path, clinc: Path | None) -> Iterator[str]:
    """Yield F1 of bearing with each domain left out of the training in turn."""
    turns = training.multidogo(folder)
    besides = training.phrases()
    besides += training.clinc(clinc, ("train", "val")) if clinc else []
    scores = []
    for domain, figures in training.left_out(turns, besides):
        scores.append((figures[0], figures[3]))
        yield f"{domain:12} left out: F1 {figures[0]:.3f}, unclear turns as none {figures[3]:.3f}"
    means = [sum(column) / max(len(scores), 1) for column in zip(*scores, strict=True)]
    gate = _gate(means[1], BEARING_MIN)
    yield f"{'mean':12} F1 {means[0]:.3f}, unclear turns as none {means[1]:.3f} {gate}"


# ------------------------------------------------------------------ speed


def speed(texts: list[str]) -> Iterator[str]:
    """Yield turns a second of each part, and how often as long as splitting into words it takes."""
    base = _seconds(str.split, texts)
    parts: list[tuple[str, Callable[[str], Any]]] = [
        ("recognise", lambda text: recognise(text, now_ms=SAID_AT_MS)),
        ("bearing", bearing),
        ("redacted", redacted),
    ]
    for name, function in parts:
        seconds = _seconds(function, texts)
        rate = len(texts) / seconds
        yield f"{name:10} {rate:9,.0f} turns/s  {seconds / base:6.1f} times as long as splitting"


def _seconds(function: Callable[[str], Any], texts: list[str]) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for text in texts:
            function(text)
        best = min(best, time.process_time() - began)
    return best


def _gate(figure: float, low: float) -> str:
    return f"(gate {low:.2f}: {'reached' if figure >= low else 'MISSED'})"


def main(argv: Sequence[str] | None = None) -> int:
    """Run what there is data for, print it, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ops bench attributes",
        description=(__doc__ or "").split("\n", maxsplit=1)[0],
    )
    parser.add_argument("--sgd", type=Path, help="folder with SGD's dialogues and schema.json")
    parser.add_argument("--multidogo", type=Path, help="folder with MultiDoGO's domains")
    parser.add_argument("--clinc", type=Path, help="CLINC150's data_full.json, to train bearing on")
    arguments = parser.parse_args(argv)
    if not (arguments.sgd or arguments.multidogo):
        parser.error("give --sgd DIR, --multidogo DIR or both")
    teller = Teller()
    parts: list[tuple[str, Iterator[str]]] = []
    texts: list[str] = []
    if arguments.sgd:
        talks = sgd(arguments.sgd)
        schema = json.loads((arguments.sgd / "schema.json").read_text(encoding="utf-8"))
        texts = [told.turn.text for talk in talks for told in talk if told.turn.role == "customer"]
        parts += [
            ("required attributes, SGD", required(talks, schema, teller)),
            ("value spans, SGD", spans(talks)),
            ("filling mined attributes, SGD", filling(talks)),
        ]
    if arguments.multidogo:
        files = sorted(arguments.multidogo.glob("*/test.tsv"))
        texts = texts or [" ".join(words) for file in files for words, _ in _slots(file)]
        parts += [
            ("recognisers, MultiDoGO", slots(arguments.multidogo)),
            ("token tagger, MultiDoGO", tagging(arguments.multidogo)),
            ("bearing, MultiDoGO", wishes(arguments.multidogo, arguments.clinc)),
        ]
    parts.append(("speed", speed(texts[:5_000])))
    for title, lines in parts:
        print(f"\n{title}")
        for line in lines:
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
