"""`cuestream mine`: turns in a file to a library in a folder, without Kafka."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from processors.intents.loading import load_library
from schemas import codec
from schemas.records.conversation import ConversationOpened, TurnSaid
from streams.mining import reading
from streams.topics import CONVERSATION_LOG
from tests.archive.kept import archived, broker_of
from tests.cli.conftest import Run
from tests.mining.chat import Chat
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


NINE_MS = 1_767_258_000_000
HOUR_MS = 3_600_000


def archive(folder: Path, *talks: str, tenant: str = "demo", topic: str = CONVERSATION_LOG) -> Path:
    """Write an archive of conversations, one an hour, over two partitions."""
    logs: tuple[list[Any], list[Any]] = [], []
    at_ms = NINE_MS - HOUR_MS
    for turn in conversations(*talks):
        name = turn.conversation_id or ""
        log = logs[len(name) % 2]
        about: dict[str, Any] = {"tenant": tenant, "conversation_id": name}
        key = f"{tenant}:{name}".encode()
        if turn.number == 1:
            at_ms += HOUR_MS
            opened = ConversationOpened(**about, occurred_at_ms=at_ms, channel="live_chat")
            log.append((key, codec.encode(opened), (), at_ms, 0))
        told = TurnSaid(
            **about,
            turn_id=turn.turn_id.removeprefix(f"{name}/"),
            author=turn.role,
            text=turn.text,
            occurred_at_ms=at_ms + turn.number,
        )
        # Delivered twice, as producers may.
        log += [(key, codec.encode(told), (), told.occurred_at_ms, 0)] * 2
    archived(broker_of(*logs, topic=topic), folder, topic)
    return folder


@pytest.mark.rule("CI-01")
def test_an_archive_gives_the_library_that_the_same_turns_in_a_file_give(run: Run, tmp_path: Path):
    folder = archive(tmp_path / "kept", "cancel", "invoice", "delivery")
    given = talks("cancel", "invoice", "delivery")
    source = lines(tmp_path / "turns.jsonl", *given)
    done = run("mine", "--archive", folder, "--output", "a")
    assert done.exit_code == 0, done.output
    assert "45 with a wish" in done.output
    assert run("mine", "--input", source, "--output", "b").exit_code == 0
    assert Path("a/library.json").read_bytes() == Path("b/library.json").read_bytes()
    of_archive = {one["id"]: one for one in assignments(Path("a"))}
    assert of_archive == {one["id"]: one for one in assignments(Path("b"))}
    assert len(assignments(Path("a"))) == len(given)
    assert run("archive", "verify", folder).exit_code == 0


def test_conversations_of_an_archive_are_chosen_by_their_beginning(run: Run, tmp_path: Path):
    folder = archive(tmp_path / "kept", "cancel", "invoice")
    middle_ms = NINE_MS + 15 * HOUR_MS
    for option, name in (("--until", "cancel"), ("--since", "invoice")):
        done = run("mine", "--archive", folder, "--output", name, option, middle_ms)
        assert done.exit_code == 0, done.output
        found = assignments(Path(name))
        assert {one["id"].split("-")[0] for one in found} == {name}
        assert len(found) == 90


@pytest.mark.rule("CI-14")
def test_a_simulation_takes_the_last_conversations_of_an_archive(run: Run, tmp_path: Path):
    folder = archive(tmp_path / "kept", "cancel", "invoice")
    done = run("mine", "--archive", folder, "--simulate", 15)
    assert done.exit_code == 0, done.output
    assert "90 turns" in done.output
    assert not any("ubscription" in line for line in done.output.splitlines() if "\t" in line)


def test_an_archive_without_what_is_asked_for_says_so(run: Run, tmp_path: Path):
    folder = archive(tmp_path / "kept", "cancel")
    done = run("mine", "--archive", folder, "--output", "o", "--tenant", "other")
    assert done.exit_code == 0, done.output
    assert "see --tenant, --since and --until" in done.output
    other = archive(tmp_path / "odd", "cancel", topic="other.v1")
    empty = tmp_path / "empty"
    empty.mkdir()
    for place, because in (
        (other, "holds no conversation.turns.v1"),
        (tmp_path / "none", "there is no such folder"),
        (empty, "there is no archive in it"),
    ):
        done = run("mine", "--archive", place, "--output", "o2")
        assert (done.exit_code, done.output.count("\n")) == (1, 1)
        assert because in done.output
        assert not Path("o2").exists()


def test_a_damaged_archive_is_not_mined_in_part(run: Run, tmp_path: Path):
    folder = archive(tmp_path / "kept", "cancel", "invoice")
    first, *later = sorted((folder / CONVERSATION_LOG / "0").glob("*.avro"))
    assert later
    first.write_bytes(first.read_bytes()[:-1])
    done = run("mine", "--archive", folder, "--output", "o")
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "archive verify" in done.output
    assert not Path("o").exists()


@pytest.mark.parametrize(
    ("args", "because"),
    [
        ((), "mine what?"),
        (("--input", "x", "--archive", "y"), "give one of them"),
        (("--input", "x", "--since", "2026-01-01"), "go with --archive"),
        (("--archive", "x", "--skip-bad"), "goes with --input"),
        (("--archive", "x", "--since", "2026-02-01", "--until", "2026-01-01"), "is not before"),
        (("--archive", "x", "--since", "soon"), "is no time"),
        (("--input", "x", "--name-model", "m"), "goes with --name-with"),
        (("--input", "x", "--name-with", "not an address"), "is no address"),
        (("--input", "x", "--name-with", ""), "names no address"),
        (("--input", "x", "--name-with", "http://h:99999/v1"), "is no address"),
        (("--input", "x", "--name-with", "http://h/v1", "--name-model", ""), "names no model"),
    ],
)
def test_what_cannot_be_asked_for_is_wrong_usage(run: Run, args: tuple[str, ...], because: str):
    done = run("mine", *args, "--output", "o")
    assert done.exit_code == 2, done.output
    assert because in " ".join(done.output.split())


NAMED = {"label": "End the contract", "description": "They want to leave us."}


def test_an_endpoint_names_the_intents_and_is_not_asked_twice(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel"))
    with Chat(NAMED) as chat:
        monkeypatch.setenv("CUESTREAM_NAMING_KEY", "a key of the tests")
        asked = (
            *("mine", "--input", source, "--utterances"),
            *("--name-with", chat.url, "--name-model", "small"),
        )
        first = run(*asked, "--output", "o")
        assert first.exit_code == 0, first.output
        count = len(chat.asked)
        assert count == len(load_library(Path("o/library.json").read_bytes()).intents)
        again = run(*asked, "--output", "o")
        assert again.exit_code == 0, again.output
        assert len(chat.asked) == count
    assert chat.headers[0]["authorization"] == "Bearer a key of the tests"
    assert chat.asked[0]["model"] == "small"
    assert "have a name from small" in first.output
    found = load_library(Path("o/library.json").read_bytes()).intents.values()
    assert NAMED["label"] in {one.name for one in found}
    assert "a key of the tests" not in Path("o/namings.jsonl").read_text()


def test_an_endpoint_that_fails_leaves_the_mined_names_and_is_told_of(run: Run, tmp_path: Path):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel", "invoice"))
    assert run("mine", "--input", source, "--utterances", "--output", "a").exit_code == 0
    with Chat((401, {})) as chat:
        done = run(
            *("mine", "--input", source, "--utterances", "--output", "b"),
            *("--name-with", chat.url),
        )
    assert done.exit_code == 0, done.output
    assert "0 of " in done.output
    assert "it answers 401" in done.output
    assert Path("a/library.json").read_bytes() == Path("b/library.json").read_bytes()


def test_no_result_takes_the_place_of_what_is_read(run: Run, tmp_path: Path):
    Path("o").mkdir()
    source = lines(Path("o/assignments.jsonl"), *bare("cancel"))
    before = source.read_bytes()
    for args in (("--output", "o"), ("--output", "p", "--report", "o/assignments.jsonl")):
        done = run("mine", "--input", source, "--utterances", *args)
        assert done.exit_code == 1
        assert "this is an input" in done.output
    assert source.read_bytes() == before
    source = lines(tmp_path / "turns.jsonl", *bare("cancel"))
    asked = ("mine", "--input", source, "--utterances", "--output")
    assert run(*asked, "v1").exit_code == 0
    before = Path("v1/library.json").read_bytes()
    done = run(*asked, "v2", "--library", "v1", "--report", "v1/library.json")
    assert (done.exit_code, "this is an input" in done.output) == (1, True)
    done = run(*asked, "v2", "--report", "v2/library.json")
    assert (done.exit_code, "two results" in done.output) == (1, True)
    assert Path("v1/library.json").read_bytes() == before
    assert run(*asked, "v1", "--library", "v1").exit_code == 0
    folder = archive(tmp_path / "kept", "cancel")
    done = run("mine", "--archive", folder, "--output", folder / "found")
    assert (done.exit_code, "it lies within" in done.output) == (1, True)
    assert run("archive", "verify", folder).exit_code == 0


def test_where_nothing_can_be_written_is_said_before_any_work(run: Run, tmp_path: Path):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel"))
    Path("file").write_text("x")
    Path("o/library.json").mkdir(parents=True)
    for args, because in (
        (("--output", "file"), "is a file"),
        (("--output", "file/deep/er"), "is a file"),
        (("--output", "o"), "o/library.json: this is a folder"),
        (("--output", "p", "--report", tmp_path), "this is a folder"),
        (("--output", "/proc/none"), "/proc/none: "),
    ):
        done = run("mine", "--input", source, "--utterances", *args)
        assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
        assert because in done.output
    assert not Path("p").exists()


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"format": 99}, "format: it is 99"),
        ({"detection": {"rejected_share": 5}}, "rejected_share"),
        ({"intents": [{"intent_id": "a", "name": "A"}] * 2}, "is also that of"),
        ({"intents": [{"intent_id": "a", "name": "A", "group_id": "x"}]}, "there is no group"),
    ],
)
def test_a_library_that_contradicts_itself_is_not_held_on_to(
    run: Run, tmp_path: Path, change: dict[str, Any], because: str
):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel"))
    (tmp_path / "odd.json").write_text(json.dumps(change))
    done = run("mine", "--input", source, "--output", "o", "--library", "odd.json")
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "odd.json: " in done.output
    assert because in done.output


def test_a_library_of_another_encoder_can_be_held_on_to(run: Run, tmp_path: Path):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel"))
    asked = ("mine", "--input", source, "--utterances", "--output")
    assert run(*asked, "v1").exit_code == 0
    before = json.loads(Path("v1/library.json").read_text())
    Path("v1/library.json").write_text(json.dumps(before | {"encoder": "of another build"}))
    done = run(*asked, "v2", "--library", "v1")
    assert done.exit_code == 0, done.output
    after = load_library(Path("v2/library.json").read_bytes())
    assert {one["intent_id"] for one in before["intents"]} <= set(after.intents)
    assert after.detect([said("cancel")[0]])[0].intent_id is not None


def test_a_full_disk_leaves_what_was_there_and_is_told_in_a_sentence(run: Run, tmp_path: Path):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel", "invoice"))
    asked = ["mine", "--input", str(source), "--utterances", "--output", "o"]
    assert run(*asked).exit_code == 0
    before = {path.name: path.read_bytes() for path in Path("o").iterdir()}
    program = (
        "import resource, sys; from streams.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000)); main(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *asked],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "o/library.json: file too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert {path.name: path.read_bytes() for path in Path("o").iterdir()} == before


def test_a_line_beyond_all_measure_is_named_and_can_be_passed_over(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "LINE_BYTES_MAX", 1 << 20)
    long = {"id": "long", "text": "x" * (3 << 20)}
    source = lines(tmp_path / "turns.jsonl", *bare("cancel")[:2], long, *bare("cancel")[2:])
    done = run("mine", "--input", source, "--output", "o", "--utterances")
    assert done.exit_code == 1
    assert "turns.jsonl, line 3: it is longer than 1 MiB" in done.output
    done = run("mine", "--input", source, "--output", "o", "--utterances", "--skip-bad")
    assert done.exit_code == 0, done.output
    assert [one["id"] for one in assignments(Path("o"))] == [one["id"] for one in bare("cancel")]


def test_a_mining_that_is_interrupted_leaves_what_was_there(
    start: Callable[..., subprocess.Popen[str]], run: Run, tmp_path: Path
):
    source = lines(tmp_path / "turns.jsonl", *bare("cancel"))
    assert run("mine", "--input", source, "--utterances", "--output", "o").exit_code == 0
    before = {path.name: path.read_bytes() for path in Path("o").iterdir()}
    os.mkfifo(tmp_path / "endless")
    process = start("mine", "--input", "endless", "--utterances", "--output", "o")
    with (tmp_path / "endless").open("w") as pipe:  # opened when the other side reads
        pipe.write('{"id": "a", "text": "cancel my order"}\n')
        pipe.flush()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert {path.name: path.read_bytes() for path in Path("o").iterdir()} == before


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
