"""`cuestream library`: what is wrong is a sentence; what it does is in the integration ring."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run

NOWHERE = ("--bootstrap-servers", "127.0.0.1:1")
ANSWER = {
    "conversations": 3,
    "turns": 4,
    "same": 3,
    "changed": 0,
    "new": 1,
    "lost": 0,
    "per_intent": [{"intent_id": "i-1", "name": "Refund", "before": 0, "after": 1}],
    "changes": [
        {
            "conversation_id": "c-1",
            "turn_id": "t-1",
            "text": "money back\u001b[31m please",
            "before": None,
            "after": {"intent_id": "i-1", "name": "Refund", "score": 0.9},
        }
    ],
}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("review", "approved"), "name the intents, or say --all"),
        (("review", "approved", "i-1", "--all"), "name the intents, or say --all"),
        (("review", "good", "i-1"), "approved"),
        (("mine", "--simulate", "5", "--last", "5"), "leave out --last"),
        (("mine", "--simulate", "0"), "x>=1"),
        (("mine", "--granularity", "tiny"), "medium"),
        (("dry-run", "--conversations", "1001"), "1<=x<=1000"),
    ],
)
def test_wrong_usage_says_what_is_right(run: Run, words: tuple[str, ...], sentence: str):
    done = run("library", *words)
    assert done.exit_code == 2
    assert sentence in done.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show",), "no cuestream runs"),
        (("runs",), "no cuestream runs"),
        (("publish",), "no cuestream runs"),
        (("mine", "--report", "no/such/folder/r.html"), "there is no folder"),
        (("export", "no/such/folder/l.json"), "there is no folder"),
        (("import", "no-such-file"), "there is no library"),
        (("dry-run", *NOWHERE), "Give --url and --token"),
        (("dry-run", "--url", "worker:8420", "--token", "t"), "is no address"),
        (("dry-run", "--url", "http://127.0.0.1:1", "--token", "t"), "does not answer"),
        (("dry-run", "--url", "http://x y", "--token", "t"), "cannot be asked"),
        (("dry-run", "--url", "http://127.0.0.1:1", "--token", "t\n"), "characters that no token"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run: Run, words: tuple[str, ...], sentence: str):
    done = run("library", *words)
    assert done.exit_code == 1
    assert sentence in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"format": 1, "intents": 5}'])
def test_a_file_that_is_no_library_is_not_imported(run: Run, tmp_path: Path, content: str):
    (tmp_path / "library.json").write_text(content)
    done = run("library", "import", tmp_path)
    assert done.exit_code == 1
    assert done.output.startswith("cuestream: ")
    assert "should not have happened" not in done.output


def test_a_library_without_intents_is_not_imported(run: Run, tmp_path: Path):
    (tmp_path / "library.json").write_text("{}")
    done = run("library", "import", tmp_path)
    assert done.exit_code == 1
    assert "no intents" in done.output


class Worker(http.server.BaseHTTPRequestHandler):
    """Answers a dry run, or refuses it when the token is `bad`."""

    def do_POST(self) -> None:
        """Answer."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        is_good = self.headers["authorization"] == "Bearer good"
        body = ANSWER | asked if is_good else {"detail": "Another dry run is under way here."}
        content = json.dumps(body).encode()
        self.send_response(200 if is_good else 429)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Worker) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_dry_run_prints_what_would_change_and_nothing_a_terminal_would_obey(run: Run, url: str):
    done = run("library", "dry-run", "--url", url, "--token", "good", "--conversations", "7")
    assert done.exit_code == 0, done.output
    assert "c-1  nothing -> Refund  money back [31m please" in done.output
    assert "Refund: 0 -> 1 turns" in done.output
    assert "4 customer turns of 7 conversations: 3 same, 0 changed, 1 new, 0 lost" in done.output


def test_a_dry_run_that_is_refused_says_why(run: Run, url: str):
    done = run("library", "dry-run", "--url", url, "--token", "bad")
    assert done.exit_code == 1
    assert "Another dry run is under way here." in done.output
