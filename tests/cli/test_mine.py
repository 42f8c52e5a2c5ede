"""`cuestream mine`: turns in a file to a library in a folder, without Kafka."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from processors.intents.loading import load_library
from tests.cli.conftest import Run
from tests.rules.wishes import conversations, said, utterances


def lines(path: Path, *turns: Any) -> Path:
    path.write_text("".join(json.dumps(turn) + "\n" for turn in turns), encoding="utf-8")
    return path


def bare(*names: str) -> list[dict[str, Any]]:
    return [{"id": one.turn_id, "text": one.text} for one in utterances(*names)]


def talks(*names: str) -> list[dict[str, Any]]:
    return [
        {
            "id": one.turn_id,
            "conversation_id": one.conversation_id,
            "role": one.role,
            "text": one.text,
        }
        for one in conversations(*names)
    ]


def assignments(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "assignments.jsonl").read_text().splitlines()]


@pytest.mark.rule("CI-01")
def test_conversations_in_a_file_become_a_library_that_detects(run: Run, tmp_path: Path):
    given = talks("cancel", "invoice", "delivery")
    done = run("mine", "--input", lines(tmp_path / "turns.jsonl", *given), "--output", "out")
    assert done.exit_code == 0, done.output
    assert "45 with a wish" in done.output
    found = assignments(tmp_path / "out")
    assert [one["id"] for one in found] == [one["id"] for one in given]
    for line, one in zip(given, found, strict=True):
        assert set(one) == {"id", "intent", "sub_intent"}
        if line["role"] != "customer":
            assert one["intent"] is None
    library = load_library((tmp_path / "out" / "library.json").read_bytes())
    assert {one["intent"] for one in found} - {None} <= set(library.intents)
    hit = library.detect([said("cancel")[0]])[0]
    assert hit.intent_id is not None
    assert any("subscription" in text for text in library.intents[hit.intent_id].examples)


def test_bare_utterances_all_get_an_intent(run: Run, tmp_path: Path):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel", "refund"), {"id": 7, "text": "ok"})
    done = run("mine", "--input", source, "--output", "out", "--utterances")
    assert done.exit_code == 0, done.output
    found = assignments(tmp_path / "out")
    assert found[-1]["id"] == "7"
    assert all(one["intent"] and one["sub_intent"] for one in found)


def test_mining_a_file_again_gives_the_same_bytes_in_any_order(run: Run, tmp_path: Path):
    one = lines(tmp_path / "one.jsonl", *bare())
    two = lines(tmp_path / "two.jsonl", *reversed(bare()))
    for source, folder in ((one, "a"), (two, "b")):
        assert run("mine", "--input", source, "--output", folder, "--utterances").exit_code == 0
    assert Path("a/library.json").read_bytes() == Path("b/library.json").read_bytes()
    assert assignments(Path("a")) == assignments(Path("b"))[::-1]


def test_a_library_is_held_on_to(run: Run, tmp_path: Path):
    first = lines(tmp_path / "first.jsonl", *bare("cancel", "refund", "delivery"))
    assert run("mine", "--input", first, "--output", "v1", "--utterances").exit_code == 0
    second = lines(tmp_path / "second.jsonl", *bare())
    done = run("mine", "--input", second, "--output", "v2", "--utterances", "--library", "v1")
    assert done.exit_code == 0, done.output
    assert re.search(r"\d+ intents, \d+ of them new", done.output)
    before = {one["id"]: one["intent"] for one in assignments(Path("v1"))}
    after = {one["id"]: one["intent"] for one in assignments(Path("v2"))}
    kept = sum(after[turn_id] == intent for turn_id, intent in before.items())
    assert kept >= 0.95 * len(before)
    old = load_library(Path("v1/library.json").read_bytes()).intents
    new = load_library(Path("v2/library.json").read_bytes()).intents
    assert {name: one.name for name, one in old.items()}.items() <= {
        name: one.name for name, one in new.items()
    }.items()


def test_from_scratch_says_what_would_become_of_a_library(run: Run, tmp_path: Path):
    first = lines(tmp_path / "first.jsonl", *bare("cancel", "refund"))
    assert run("mine", "--input", first, "--output", "v1", "--utterances").exit_code == 0
    second = lines(tmp_path / "second.jsonl", *bare("cancel", "invoice"))
    done = run(
        *("mine", "--input", second, "--utterances", "--simulate", 1_000),
        *("--library", "v1", "--from-scratch"),
    )
    assert done.exit_code == 0, done.output
    changes = {line.split("\t")[1] for line in done.output.splitlines() if "\t" in line}
    assert {"known", "new", "retired"} <= changes


@pytest.mark.rule("CI-14")
def test_a_simulation_takes_the_last_lines_and_writes_no_library(run: Run, tmp_path: Path):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel", "refund"))
    done = run("mine", "--input", source, "--utterances", "--simulate", 15, "--output", "out")
    assert done.exit_code == 0, done.output
    assert "15 turns" in done.output
    assert not Path("out").exists()
    table = [line.split("\t") for line in done.output.splitlines() if "\t" in line]
    assert table[0][:3] == ["intent", "change", "turns"]
    assert sum(int(row[2]) for row in table[1:]) == 15
    assert not any("ubscription" in row[0] for row in table[1:])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no turn"),
        (b"\n\n", "holds no turn"),
        (b'{"id": "a", "role": "representative", "text": "hello"}\n', "no turn is a customer's"),
        (b'{"id": "a", "text": "hello"}\n{"id": "b", "text": "bye"}\n', "no customer turn carries"),
        (b'{"id": "a", "text": "i want to cancel my order"}\n', "nothing was said often enough"),
    ],
    ids=["empty", "blank", "no customer", "greetings", "one wish"],
)
def test_too_little_gives_an_empty_library_and_a_reason(
    run: Run, tmp_path: Path, content: bytes, sentence: str
):
    (tmp_path / "turns.jsonl").write_bytes(content)
    done = run("mine", "--input", "turns.jsonl", "--output", "out")
    assert done.exit_code == 0, done.output
    assert sentence in done.output
    library = load_library(Path("out/library.json").read_bytes())
    assert library.intents == {}
    assert library.detect(["i want to cancel my order"])[0].intent_id is None
    assert len(assignments(Path("out"))) == sum(map(bool, content.splitlines()))


@pytest.mark.parametrize(
    ("line", "because"),
    [
        (b'{"id": "x", "text": "caf\xe9"}', r"byte \d+ \(0xe9\) is no UTF-8"),
        (b"{id: x}", "this is no JSON"),
        (b'{"id": "x"}', "`text`"),
        (b'{"id": "x", "text": null}', "Expected `str`"),
        (b'{"id": "x", "text": "a", "role": "robot"}', "robot"),
        (b"[1]", "Expected `object`"),
        (b'{"id": "x", "text": "cut', "this is no JSON"),
    ],
)
def test_a_bad_line_is_named_and_can_be_passed_over(
    run: Run, tmp_path: Path, line: bytes, because: str
):
    good = [json.dumps(one).encode() for one in bare("cancel")]
    (tmp_path / "turns.jsonl").write_bytes(b"\n".join([*good[:3], line, *good[3:]]))
    done = run("mine", "--input", "turns.jsonl", "--output", "out", "--utterances")
    assert done.exit_code == 1
    assert "turns.jsonl, line 4: " in done.output
    assert re.search(because, done.output)
    assert not Path("out").exists()
    done = run("mine", "--input", "turns.jsonl", "--output", "out", "--utterances", "--skip-bad")
    assert done.exit_code == 0, done.output
    assert "1 lines passed over" in done.output
    assert len(assignments(Path("out"))) == 15


def test_repeated_ids_are_counted_once_and_all_assigned(run: Run, tmp_path: Path):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel"), *bare("cancel"))
    done = run("mine", "--input", source, "--output", "out", "--utterances")
    assert done.exit_code == 0, done.output
    assert "15 lines repeat an id" in done.output
    found = assignments(Path("out"))
    assert len(found) == 30
    assert found[:15] == found[15:]


def test_a_turn_of_a_megabyte_is_taken(run: Run, tmp_path: Path):
    long = {"id": "long", "text": "i want to cancel my subscription " * 33_000}
    source = lines(tmp_path / "turns.jsonl", *bare("cancel", "invoice"), long)
    done = run("mine", "--input", source, "--output", "out", "--utterances")
    assert done.exit_code == 0, done.output
    assert assignments(Path("out"))[-1]["intent"]
    assert Path("out/library.json").stat().st_size < 1_000_000


def test_wrong_use_is_told_in_a_sentence(run: Run, tmp_path: Path):
    assert "no such file" in run("mine", "--input", "none.jsonl", "--output", "o").output
    assert "folder" in run("mine", "--input", tmp_path, "--output", "o").output
    source = lines(tmp_path / "turns.jsonl", *bare("cancel"))
    assert run("mine", "--input", source).exit_code == 2
    assert run("mine", "--input", source, "--output", "o", "--from-scratch").exit_code == 2
    assert "no library" in run("mine", "--input", source, "--output", "o", "--library", "v0").output
    (tmp_path / "file").write_text("x")
    assert "is a file" in run("mine", "--input", source, "--output", "file").output
    (tmp_path / "bad.json").write_text('{"intents": 3}')
    broken = run("mine", "--input", source, "--output", "o", "--library", "bad.json")
    assert broken.exit_code == 1
    assert "intents" in broken.output


class Seen(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "onclick"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_has_pictures_and_needs_nothing_else(run: Run, tmp_path: Path):
    hostile = [
        {"id": f"h{at}", "text": f'cancel <script>alert("{word}")</script> & <img src=x onerror=1>'}
        for at, word in enumerate(("one", "two", "three", "four", "five", "six"))
    ]
    source = lines(tmp_path / "turns.jsonl", *bare(), *hostile)
    done = run(
        "mine", "--input", source, "--output", "out", "--utterances", "--report", "deep/report.html"
    )
    assert done.exit_code == 0, done.output
    page = Path("deep/report.html").read_text(encoding="utf-8")
    seen = Seen()
    seen.feed(page)
    assert "script" not in seen.tags
    assert "img" not in seen.tags
    assert seen.links == []
    assert seen.tags.count("svg") == 3
    assert "default-src 'none'" in page
    assert "<script>" in seen.text
    for intent in load_library(Path("out/library.json").read_bytes()).intents.values():
        assert intent.name in seen.text


def test_a_report_of_nothing_says_so(run: Run, tmp_path: Path):
    (tmp_path / "turns.jsonl").write_bytes(b"")
    done = run("mine", "--input", "turns.jsonl", "--output", "out", "--report", "report.html")
    assert done.exit_code == 0, done.output
    assert "No intents" in Path("report.html").read_text()
