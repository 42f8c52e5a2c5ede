"""The jars of Kafka: fetched once, resumed, checked, shared; fetched here from a local server."""

from __future__ import annotations

import hashlib
import http.server
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import pytest
from rich.console import Console

from streams.broker.errors import FolderError, JarCorruptError, JarsUnreachableError
from streams.broker.jars import KAFKA_VERSION, Jar, cache_dir, ensure_jars
from streams.broker.local import free_port

CONTENT = {f"org/example/{name}.jar": name.encode() * 50_000 for name in ("alpha", "beta", "gamma")}
JARS = tuple(
    Jar(path, len(content), hashlib.sha256(content).hexdigest())
    for path, content in CONTENT.items()
)
ALPHA, ALPHA_CONTENT = JARS[0], CONTENT["org/example/alpha.jar"]


@dataclass
class Mirror:
    """A Maven repository on loopback that can be told to misbehave."""

    url: str = ""
    content: dict[str, bytes] = field(default_factory=lambda: dict(CONTENT))
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    breaks_off_after: int | None = None
    honours_ranges: bool = True

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        path, wanted = request.path.lstrip("/"), request.headers.get("Range")
        self.asked.append((path, wanted))
        if path not in self.content:
            request.send_error(404)
            return
        content, start = self.content[path], 0
        if wanted and self.honours_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            request.send_response(206)
            last = len(content) - 1
            request.send_header("Content-Range", f"bytes {start}-{last}/{len(content)}")
        else:
            request.send_response(200)
        rest = content[start:]
        request.send_header("Content-Length", str(len(rest)))
        request.end_headers()
        if self.breaks_off_after is not None:
            rest, self.breaks_off_after = rest[: self.breaks_off_after], None
        request.wfile.write(rest)


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    mirror = Mirror()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            mirror.answer(self)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        mirror.url = f"http://127.0.0.1:{server.server_port}"
        yield mirror
        server.shutdown()
        thread.join()


def fetch(mirror: Mirror, cache: Path, wanted: tuple[Jar, ...] = JARS) -> list[bytes]:
    paths = ensure_jars(cache=cache, maven_url=mirror.url, jars=wanted, is_quiet=True)
    return [path.read_bytes() for path in paths]


def folder(cache: Path) -> Path:
    made = cache / f"kafka-{KAFKA_VERSION}"
    made.mkdir(parents=True, exist_ok=True)
    return made


def test_jars_are_fetched_once_and_no_part_is_left(mirror: Mirror, tmp_path: Path):
    assert fetch(mirror, tmp_path) == list(CONTENT.values())
    assert fetch(mirror, tmp_path) == list(CONTENT.values())
    assert sorted(path for path, _ in mirror.asked) == sorted(CONTENT)
    assert not list(folder(tmp_path).glob("*.part"))


def test_an_answer_that_breaks_off_is_resumed_where_it_broke(mirror: Mirror, tmp_path: Path):
    mirror.breaks_off_after = 70_000
    assert fetch(mirror, tmp_path, (ALPHA,)) == [ALPHA_CONTENT]
    assert mirror.asked == [(ALPHA.path, None), (ALPHA.path, "bytes=70000-")]


def test_what_an_earlier_process_left_is_resumed(mirror: Mirror, tmp_path: Path):
    (folder(tmp_path) / "alpha.jar.part").write_bytes(ALPHA_CONTENT[:1_234])
    assert fetch(mirror, tmp_path, (ALPHA,)) == [ALPHA_CONTENT]
    assert mirror.asked == [(ALPHA.path, "bytes=1234-")]


def test_a_source_that_knows_no_ranges_is_read_from_the_start(mirror: Mirror, tmp_path: Path):
    mirror.honours_ranges = False
    (folder(tmp_path) / "alpha.jar.part").write_bytes(ALPHA_CONTENT[:1_234])
    assert fetch(mirror, tmp_path, (ALPHA,)) == [ALPHA_CONTENT]


def test_a_wrong_left_over_part_is_thrown_away_and_fetched_anew(mirror: Mirror, tmp_path: Path):
    (folder(tmp_path) / "alpha.jar.part").write_bytes(b"wrong" * 10)
    assert fetch(mirror, tmp_path, (ALPHA,)) == [ALPHA_CONTENT]
    assert [wanted for _, wanted in mirror.asked] == ["bytes=50-", None]


@pytest.mark.parametrize("damage", [ALPHA_CONTENT[:-1], b"X" + ALPHA_CONTENT[1:], b""])
def test_a_jar_that_was_damaged_in_the_cache_is_fetched_again(
    mirror: Mirror, tmp_path: Path, damage: bytes
):
    fetch(mirror, tmp_path)
    (folder(tmp_path) / "alpha.jar").write_bytes(damage)
    mirror.asked.clear()
    assert fetch(mirror, tmp_path) == list(CONTENT.values())
    assert mirror.asked == [(ALPHA.path, None)]


def test_a_source_with_other_bytes_is_refused_and_nothing_of_it_is_kept(
    mirror: Mirror, tmp_path: Path
):
    mirror.content[ALPHA.path] = b"X" * ALPHA.size_bytes
    with pytest.raises(JarCorruptError, match="CUESTREAM_MAVEN_URL") as caught:
        fetch(mirror, tmp_path)
    assert caught.value.url == f"{mirror.url}/{ALPHA.path}"
    assert caught.value.expected == ALPHA.sha256
    assert not list(folder(tmp_path).glob("alpha*"))


def test_a_source_without_the_file_is_told_with_its_answer(mirror: Mirror, tmp_path: Path):
    del mirror.content[ALPHA.path]
    with pytest.raises(JarsUnreachableError, match="it answers 404"):
        fetch(mirror, tmp_path, (ALPHA,))
    assert len(mirror.asked) == 1


def test_no_network_and_an_empty_cache_give_one_sentence_with_the_ways_out(tmp_path: Path):
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(JarsUnreachableError) as caught:
        ensure_jars(cache=tmp_path, maven_url=url, jars=(ALPHA,), is_quiet=True)
    assert f"could not be fetched from {url} (Connection refused)" in str(caught.value)
    assert "CUESTREAM_MAVEN_URL" in str(caught.value)
    assert "--bootstrap-servers" in str(caught.value)


def test_no_network_and_a_full_cache_are_enough(mirror: Mirror, tmp_path: Path):
    fetch(mirror, tmp_path)
    ensure_jars(cache=tmp_path, maven_url="http://127.0.0.1:1", jars=JARS, is_quiet=True)


def test_an_address_that_is_none_is_refused(tmp_path: Path):
    with pytest.raises(JarsUnreachableError, match="no http or https address"):
        ensure_jars(cache=tmp_path, maven_url="file:///etc", jars=JARS, is_quiet=True)


def test_a_cache_that_cannot_be_written_is_said(mirror: Mirror, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="CUESTREAM_CACHE"):
        fetch(mirror, tmp_path / "file")


def _fetch_in_a_process(url: str, cache: Path) -> int:
    return len(ensure_jars(cache=cache, maven_url=url, jars=JARS, is_quiet=True))


def test_several_processes_at_once_fetch_every_jar_once(mirror: Mirror, tmp_path: Path):
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(_fetch_in_a_process, mirror.url, tmp_path) for _ in range(3)]
        assert [run.result() for run in runs] == [3, 3, 3]
    assert sorted(path for path, _ in mirror.asked) == sorted(CONTENT)
    assert fetch(mirror, tmp_path) == list(CONTENT.values())


def test_a_pipe_gets_plain_lines_and_a_terminal_gets_a_bar(mirror: Mirror, tmp_path: Path):
    shown = {}
    for is_terminal in (False, True):
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=is_terminal, width=200)
        ensure_jars(
            cache=tmp_path / str(is_terminal), maven_url=mirror.url, jars=JARS, console=console
        )
        shown[is_terminal] = screen.getvalue()
    first, *lines = shown[False].splitlines()
    total = f"{sum(jar.size_bytes for jar in JARS) / 1e6:.1f} MB"
    assert first.startswith(f"Fetching Apache Kafka {KAFKA_VERSION} once: 3 files, {total}, from")
    assert lines[-1] == f"  100 % of {total}"
    assert "\x1b" not in shown[False]
    assert "\x1b" in shown[True]


def test_the_cache_is_where_the_environment_says():
    assert cache_dir({"CUESTREAM_CACHE": "/a"}) == Path("/a")
    assert cache_dir({"XDG_CACHE_HOME": "/b"}) == Path("/b/cuestream")
    assert cache_dir({}) == Path.home() / ".cache" / "cuestream"


def test_a_mirror_named_in_the_environment_is_used(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CUESTREAM_MAVEN_URL", mirror.url + "/")
    monkeypatch.setenv("CUESTREAM_CACHE", str(tmp_path))
    (path,) = ensure_jars(jars=(ALPHA,), is_quiet=True)
    assert path.read_bytes() == ALPHA_CONTENT
    assert path.is_relative_to(tmp_path)
