import pytest

from streams.cli import progress
from streams.cli.progress import Progress


def test_in_a_pipe_progress_is_a_line_now_and_then_with_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with Progress(4_000, doing="reading", unit="records") as bar:
        bar.advance(1_000)
        bar.advance_to(4_000)
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("1,000 of 4,000 records, ")
    assert first.endswith(" left")
    assert last.startswith("4,000 of 4,000 records, ")
    assert last.endswith("/s")
    assert (bar.done, bar.seconds > 0) == (4_000, True)


def test_short_work_says_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]):
    with Progress(10, doing="reading", unit="records") as bar:
        for _ in range(10):
            bar.advance()
    assert capsys.readouterr().err == ""
