"""`cuestream train` and `cuestream detect`: labelled lines to a library, lines to intents."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.intents.examples import Example, library_of
from tests.cli.conftest import Run
from tests.rules.trades import BANK, GROUPS, NOT_KNOWN, SHOP

EXAMPLES = [
    {"text": text, "intent": name.replace("_", " ").title(), "group": GROUPS[name]}
    for name, said in (BANK | SHOP).items()
    for text in said
]


def lines(path: Path, *entries: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(
        b"".join(
            (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in entries
        )
    )
    return path


def answers(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def library(run: Run, tmp_path: Path) -> Path:
    done = run(
        "train", "--examples", lines(tmp_path / "l.jsonl", *EXAMPLES), "--output", tmp_path / "lib"
    )
    assert done.exit_code == 0, done.output
    assert "trained 7 intents from 42 different examples" in done.output
    return tmp_path / "lib"


def detected(run: Run, library: Path, tmp_path: Path, *texts: str) -> list[dict[str, Any]]:
    turns = lines(
        tmp_path / "turns.jsonl", *({"id": f"t-{n}", "text": t} for n, t in enumerate(texts))
    )
    done = run("detect", "--library", library, "--input", turns, "--output", tmp_path / "o.jsonl")
    assert done.exit_code == 0, done.output
    return answers(tmp_path / "o.jsonl")


def test_every_line_is_answered_in_order_by_the_names_of_the_examples(run, library, tmp_path):
    found = detected(run, library, tmp_path, "my card was stolen", NOT_KNOWN[5], "", "my balance?")
    assert [one["id"] for one in found] == ["t-0", "t-1", "t-2", "t-3"]
    assert [one["intent"] for one in found] == ["Lost Card", None, None, "Balance"]
    assert found[0]["group"] == "cards"
    assert found[0]["top"][0] == {"intent": "Lost Card", "score": found[0]["score"]}
    assert len(found[0]["top"]) == 3
    assert found[1]["score"] < 0.5
    assert found[2] == {
        "id": "t-2",
        "intent": None,
        "intent_id": None,
        "group": None,
        "score": 0.0,
        "top": [],
    }


def test_answers_go_to_standard_output_without_a_file(run, library, tmp_path):
    turns = lines(tmp_path / "turns.jsonl", {"id": 7, "text": "where is my parcel", "more": [1]})
    done = run("detect", "--library", library / "library.json", "--input", turns)
    assert done.exit_code == 0
    assert json.loads(done.stdout) == detected(run, library, tmp_path, "where is my parcel")[0] | {
        "id": "7"
    }


def test_the_same_examples_in_another_order_give_the_same_file(run, library, tmp_path):
    again = lines(tmp_path / "again.jsonl", *EXAMPLES[::-1], *EXAMPLES[:3])
    assert run("train", "--examples", again, "--output", tmp_path / "two").exit_code == 0
    first, second = (
        (folder / "library.json").read_bytes() for folder in (library, tmp_path / "two")
    )
    assert json.loads(first)["model"] == json.loads(second)["model"]


def test_a_bad_line_is_named_with_its_number_and_nothing_is_written(run, tmp_path):
    for bad, because in (
        (b"{", "line 2"),
        (b'{"text": "x"}', "missing required field `intent`"),
        (b'{"text": "x", "intent": " "}', "may not be empty"),
        (b'{"text": 1, "intent": "a"}', "Expected `str`"),
        (b'{"text": "\xff", "intent": "a"}', "line 2"),
    ):
        source = lines(tmp_path / "bad.jsonl", EXAMPLES[0], bad)
        done = run("train", "--examples", source, "--output", tmp_path / "lib")
        assert done.exit_code == 1
        assert "line 2" in done.output
        assert because in done.output
        assert "Traceback" not in done.output
        assert not (tmp_path / "lib").exists()


def test_bad_lines_can_be_passed_over_and_are_counted(run, tmp_path):
    source = lines(tmp_path / "some.jsonl", *EXAMPLES, b"nonsense")
    done = run("train", "--examples", source, "--output", tmp_path / "lib", "--skip-bad")
    assert done.exit_code == 0
    assert "passed over line 43" in done.output
    turns = lines(tmp_path / "turns.jsonl", b"[]", {"id": "1", "text": "i lost my card"})
    done = run("detect", "--library", tmp_path / "lib", "--input", turns, "--skip-bad")
    assert done.exit_code == 0
    assert "passed over line 1" in done.output
    assert json.loads(done.stdout)["intent"] == "Lost Card"


def test_a_bad_turn_stops_detection_and_leaves_no_half_file(run, library, tmp_path):
    turns = lines(tmp_path / "turns.jsonl", {"id": "1", "text": "hello"}, {"id": "2"})
    output = tmp_path / "out.jsonl"
    done = run("detect", "--library", library, "--input", turns, "--output", output)
    assert done.exit_code == 1
    assert "line 2" in done.output
    assert not output.exists()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_no_example_is_nothing_to_train(run, tmp_path, content):
    (tmp_path / "none.jsonl").write_bytes(content)
    done = run("train", "--examples", tmp_path / "none.jsonl", "--output", tmp_path / "lib")
    assert done.exit_code == 1
    assert "holds no example" in done.output


def test_files_that_are_not_there_are_named(run, library, tmp_path):
    done = run("train", "--examples", tmp_path / "nowhere", "--output", tmp_path / "lib2")
    assert done.exit_code == 1
    assert "nowhere: there is no such file" in done.output
    done = run("detect", "--library", tmp_path / "nothing", "--input", tmp_path / "l.jsonl")
    assert done.exit_code == 1
    assert "there is no library" in done.output
    done = run("detect", "--library", library, "--input", tmp_path / "no.jsonl")
    assert done.exit_code == 1
    assert "no.jsonl: there is no such file" in done.output


def test_a_library_that_is_damaged_is_refused_with_a_sentence(run, library, tmp_path):
    content = json.loads((library / "library.json").read_text())
    (library / "library.json").write_text(json.dumps(content | {"encoder": "static-of-another"}))
    turns = lines(tmp_path / "turns.jsonl", {"id": "1", "text": "hello"})
    done = run("detect", "--library", library, "--input", turns)
    assert done.exit_code == 1
    assert "trained with the encoder 'static-of-another'" in done.output
    (library / "library.json").write_bytes(b"\x00")
    done = run("detect", "--library", library, "--input", turns)
    assert done.exit_code == 1
    assert "no UTF-8 JSON" in done.output


def test_names_that_read_alike_stay_different_intents(run, tmp_path):
    names = ["Refund!", "refund", "REFUND?", "返金", "Ersatz"]
    source = lines(
        tmp_path / "alike.jsonl",
        *(
            {"text": text, "intent": name}
            for name, said in zip(names, BANK.values(), strict=False)
            for text in said
        ),
    )
    assert run("train", "--examples", source, "--output", tmp_path / "lib").exit_code == 0
    content = json.loads((tmp_path / "lib" / "library.json").read_text())
    assert sorted(one["name"] for one in content["intents"]) == sorted(names[:4])
    assert len({one["intent_id"] for one in content["intents"]}) == 4


def test_the_extra_encoder_says_what_it_misses(run, tmp_path):
    source = lines(tmp_path / "l.jsonl", *EXAMPLES)
    asked = ("train", "--examples", source, "--output", tmp_path / "lib", "--encoder", "minilm")
    done = run(*asked)
    assert done.exit_code == 1
    assert "no folder is configured (--embeddings or CUESTREAM_EMBEDDINGS)" in done.output
    pytest.importorskip("onnxruntime")
    done = run(*asked, "--embeddings", tmp_path)
    assert done.exit_code == 1
    assert "it holds 0 ONNX files" in done.output


def test_what_is_read_is_never_written_over(run, library, tmp_path):
    turns = lines(tmp_path / "turns.jsonl", {"id": "1", "text": "i lost my card"})
    held = library / "library.json"
    before = held.read_bytes(), turns.read_bytes()
    for output in (held, turns):
        done = run("detect", "--library", library, "--input", turns, "--output", output)
        assert done.exit_code == 1
        assert "this is an input, which would be overwritten" in done.output
    examples = lines(tmp_path / "in" / "library.json", *EXAMPLES)
    done = run("train", "--examples", examples, "--output", tmp_path / "in")
    assert (done.exit_code, "this is an input" in done.output) == (1, True)
    assert before == (held.read_bytes(), turns.read_bytes())


def test_answers_go_into_a_device_or_through_a_link(run, library, tmp_path):
    turns = lines(tmp_path / "turns.jsonl", {"id": "1", "text": "i lost my card"})
    asked = ("detect", "--library", library, "--input", turns, "--output")
    assert run(*asked, "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()
    full = run(*asked, "/dev/full")
    assert (full.exit_code, "no space left" in full.output) == (1, True)
    (tmp_path / "link").symlink_to(tmp_path / "real.jsonl")
    assert run(*asked, tmp_path / "link").exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert len(answers(tmp_path / "real.jsonl")) == 1


@pytest.mark.parametrize("verb", ["train", "detect"])
def test_a_place_that_cannot_be_written_is_named(run, library, tmp_path, verb):
    source = lines(tmp_path / "l.jsonl", *EXAMPLES)
    turns = lines(tmp_path / "turns.jsonl", {"id": "1", "text": "hello"})
    asked = {
        "train": ("train", "--examples", source, "--output"),
        "detect": ("detect", "--library", library, "--input", turns, "--output"),
    }[verb]
    (tmp_path / "dir" / "library.json").mkdir(parents=True)
    place = tmp_path / "dir"
    done = run(*asked, place)
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "this is a folder, where a file must be" in done.output
    done = run(*asked, turns / "below")
    assert done.exit_code == 1
    assert "where a folder must be" in done.output


def test_a_share_that_is_no_number_is_wrong_usage(run, tmp_path):
    source = lines(tmp_path / "l.jsonl", *EXAMPLES)
    done = run("train", "--examples", source, "--output", "o", "--rejected-share", "nan")
    assert done.exit_code == 2
    assert "is no share" in done.output


def test_a_text_with_several_labels_stays_with_the_most_frequent():
    given = [("yes", "Thanks"), ("yes", "Confirmation"), ("yes", "Confirmation"), ("ok", "B")]
    given += [("ok", "A"), ("thanks", "Thanks")]
    library = library_of(Example(text=text, intent=intent) for text, intent in given)
    found = {one.name: one.examples for one in library.intents}
    assert found == {"A": ("ok",), "B": (), "Confirmation": ("yes",), "Thanks": ("thanks",)}
