import json
from pathlib import Path

import pytest

from streams.archive.writing import archive_topic
from streams.replay.logs import MemoryLogs
from streams.topics import REFERENCE
from tests.archive.test_runs import LOG, day, times
from tests.cli.conftest import Run


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of conversations as an archive."""
    folder = tmp_path_factory.mktemp("archive")
    lived = day()
    for topic in (LOG, REFERENCE):
        archive_topic(MemoryLogs(lived.broker), topic, folder)
    return folder


def test_an_archive_is_replayed_into_a_run_of_its_own_without_a_broker(
    run: Run, tmp_path: Path, archive: Path
):
    result = run("replay", "--archive", archive, "--run", "first")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "conversation:"
    assert lines[1].endswith(" a second in the kernel")
    assert lines[2].startswith("tables ")
    assert any("nothing in handoff.requests.v1" in line for line in lines)
    summary = json.loads((tmp_path / ".data" / "runs" / "first" / "summary.json").read_bytes())
    assert f"run first: {summary['digest']}" in lines
    assert summary["source"] == str(archive)


def test_the_same_log_gives_the_same_run_and_the_comparison_says_so(run: Run, archive: Path):
    run("replay", "--archive", archive, "--run", "first")
    result = run("replay", "--archive", archive, "--run", "second", "--compare", "first")
    assert result.exit_code == 0, result.output
    assert "held against first: the same, byte for byte" in result.output


def test_what_differs_from_another_run_is_listed_and_ends_with_one(run: Run, archive: Path):
    run("replay", "--archive", archive, "--run", "whole")
    until = sorted(times(day()))[30]
    result = run(
        "replay", "--archive", archive, "--run", "half", "--until", until, "--compare", "whole"
    )
    assert result.exit_code == 1
    assert "run whole is about another part of the log" in result.output
    assert "missing assist.recommendations.v1 conversation.turns.v1/" in result.output
    assert "cuestream: " in result.output.splitlines()[-1]


def test_a_part_of_a_log_is_chosen_by_time_and_tenant(run: Run, tmp_path: Path, archive: Path):
    result = run(
        "replay",
        *("--archive", archive, "--run", "part", "--tenant", "other", "--cold"),
        *("--since", "2026-01-01T09:30:00Z", "--until", "2026-01-01T09:50:00+00:00"),
    )
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / ".data" / "runs" / "part" / "summary.json").read_bytes())
    assert summary["window"] == {
        "since_ms": 1_767_259_800_000,
        "until_ms": 1_767_261_000_000,
        "tenant": "other",
        "is_cold": True,
    }


@pytest.mark.parametrize(
    ("given", "code", "because"),
    [
        (("--since", "yesterday"), 2, "'yesterday' is no time; write 2026-11-21"),
        (("--cold",), 2, "--cold goes with --since"),
        (("--run", "../x"), 2, "'../x' is no name for a run"),
        (("--run", ".x"), 2, "'.x' is no name for a run"),
        (("--run", "live"), 2, "a run cannot be named live"),
        (("--compare", "nothing"), 1, "there is no finished run 'nothing'"),
        (("--processor", "nobody"), 1, "there is no processor 'nobody'; there are conversation"),
        (("--compare",), 1, "no cuestream runs in .data"),
        (("--until", "1999-01-01"), 1, "there is no such log here, or nothing in it"),
    ],
)
def test_what_cannot_be_asked_for_is_a_sentence(
    run: Run, tmp_path: Path, archive: Path, given: tuple[str, ...], code: int, because: str
):
    result = run("replay", "--archive", archive, *given)
    assert result.exit_code == code, result.output
    assert because in result.output
    runs = tmp_path / ".data" / "runs"
    assert not runs.exists() or not [path for path in runs.iterdir() if path.name[0] == "."]


def test_a_name_that_is_taken_and_a_folder_without_archive_are_sentences(
    run: Run, tmp_path: Path, archive: Path
):
    run("replay", "--archive", archive, "--run", "first")
    result = run("replay", "--archive", archive, "--run", "first")
    assert result.exit_code == 1
    assert "there is a run 'first'" in result.output
    result = run("replay", "--archive", tmp_path / "none")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
