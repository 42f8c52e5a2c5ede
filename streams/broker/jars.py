"""The files Apache Kafka's server needs: pinned, fetched once, resumed, shared by all processes.

`ensure_jars` returns paths whose bytes have the SHA-256 written down here, or raises. A file in the
cache is complete or absent: what is being fetched has the suffix `.part` and is renamed when it is
whole and right.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from streams.broker.errors import (
    DiskFullError,
    FolderError,
    JarCorruptError,
    JarsUnreachableError,
    in_megabytes,
)

KAFKA_VERSION = "4.1.2"
MAVEN_CENTRAL = "https://repo1.maven.org/maven2"
MAVEN_URL_VARIABLE = "CUESTREAM_MAVEN_URL"
CACHE_VARIABLE = "CUESTREAM_CACHE"

# An attempt that brings any byte is not idle: a bad line takes long, it does not fail.
IDLE_ATTEMPTS_MAX = 3
FIRST_PAUSE_S = 0.1
# Once may be a left-over part of something else; twice is the source.
WRONG_FILES_MAX = 2
HOPELESS_CODES = frozenset({401, 403, 404, 410})
FETCHES_AT_ONCE = 4
READ_BYTES = 1 << 16
ANSWER_TIMEOUT_S = 30.0
DISK_MARGIN_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned file.

    Attributes:
        path: Where it stands below the root of a Maven repository.
        size_bytes: Its exact size.
        sha256: Its SHA-256 in lower-case hexadecimal.
    """

    path: str
    size_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in the cache."""
        return self.path.rpartition("/")[2]


# What kafka_2.13 needs at run time, less what a single broker never loads (Streams, RocksDB,
# scala-reflect, YAML, CSV, Caffeine, jose4j, most of commons-*), plus a log4j binding for slf4j,
# which Kafka's own archive adds as well. How it was found: ops/decisions/0003.
JARS: tuple[Jar, ...] = (
    Jar(
        "org/hdrhistogram/HdrHistogram/2.2.2/HdrHistogram-2.2.2.jar",
        177206,
        "22d1d4316c4ec13a68b559e98c8256d69071593731da96136640f864fa14fad8",
    ),
    Jar(
        "net/sourceforge/argparse4j/argparse4j/0.7.0/argparse4j-0.7.0.jar",
        90347,
        "65ceb669d88f63306c680f8088bbf765bbca72d288a61a03703000076c3d3f56",
    ),
    Jar(
        "commons-validator/commons-validator/1.10.1/commons-validator-1.10.1.jar",
        203132,
        "ed74711a78d793ca37f6075e4a1e93d107233dfd20d0bb17e32bad88d38e56aa",
    ),
    Jar(
        "com/dynatrace/hash4j/hash4j/0.22.0/hash4j-0.22.0.jar",
        316573,
        "23028a3fd006e530bf495f551083208187cafd8f80624d048eba56442f16a50e",
    ),
    Jar(
        "com/fasterxml/jackson/core/jackson-annotations/2.19.4/jackson-annotations-2.19.4.jar",
        79311,
        "ab26383fa3c10c0df1ffd1bb035d81161c059b1af71927d73c24473c058baa16",
    ),
    Jar(
        "com/fasterxml/jackson/core/jackson-core/2.19.4/jackson-core-2.19.4.jar",
        591409,
        "466ae4dc4f7054f51525f4211df411d9a64d65cc169995d32bf49e20e6f586e5",
    ),
    Jar(
        "com/fasterxml/jackson/core/jackson-databind/2.19.4/jackson-databind-2.19.4.jar",
        1679441,
        "b781c431be870deb0bf84421e99e774c256a701f4ba678df80248f55cd16ff74",
    ),
    Jar(
        "com/fasterxml/jackson/datatype/jackson-datatype-jdk8/2.19.4/jackson-datatype-jdk8-2.19.4.jar",
        36413,
        "c0e0dc3039f9a37a099b2602838f833ea8c15c56445a0eb5463d0c7e0c355da2",
    ),
    Jar(
        "net/sf/jopt-simple/jopt-simple/5.0.4/jopt-simple-5.0.4.jar",
        78146,
        "df26cc58f235f477db07f753ba5a3ab243ebe5789d9f89ecf68dd62ea9a66c28",
    ),
    Jar(
        "org/apache/kafka/kafka-clients/4.1.2/kafka-clients-4.1.2.jar",
        9769826,
        "afe861c05067f4018a3148d73c1ed1e5fc90808757c15b043527d7e535a5d431",
    ),
    Jar(
        "org/apache/kafka/kafka-coordinator-common/4.1.2/kafka-coordinator-common-4.1.2.jar",
        100654,
        "0e6697b6827fa635b4686ec9754b1c5583f4997e9bc0f33a8518f1dee518a454",
    ),
    Jar(
        "org/apache/kafka/kafka-group-coordinator/4.1.2/kafka-group-coordinator-4.1.2.jar",
        915256,
        "1925a002ef7c527b72a0877ed0d9f3a5f88a08d130d1ed2bdfcc40457ded354b",
    ),
    Jar(
        "org/apache/kafka/kafka-group-coordinator-api/4.1.2/kafka-group-coordinator-api-4.1.2.jar",
        11914,
        "781f932fb3e3824420e7554ef745b57e1827dd801cfc71bf8fd31eef56e60638",
    ),
    Jar(
        "org/apache/kafka/kafka-metadata/4.1.2/kafka-metadata-4.1.2.jar",
        840858,
        "ccc29f5423cf5fbe63b47871dbce00a16e05a38bd0d531b3bf21e5c71ba54fac",
    ),
    Jar(
        "org/apache/kafka/kafka-raft/4.1.2/kafka-raft-4.1.2.jar",
        309751,
        "01f6717d07472b577a1cfe1cdf4d098b14a1dae4e35574164712801bd2a55cce",
    ),
    Jar(
        "org/apache/kafka/kafka-server/4.1.2/kafka-server-4.1.2.jar",
        219116,
        "2b849f1c9d3d9a08a5ea4c2f0479c552592cd770d72263d8d1610701a9b3e8d4",
    ),
    Jar(
        "org/apache/kafka/kafka-server-common/4.1.2/kafka-server-common-4.1.2.jar",
        371073,
        "0f1d8fb9478ca0e3eea23b81064749738b9bff705704067e2fe8d62047e5fc07",
    ),
    Jar(
        "org/apache/kafka/kafka-share-coordinator/4.1.2/kafka-share-coordinator-4.1.2.jar",
        111777,
        "fffacfaa46e7f25696f673035f86669422ae81889dfd28d8fec29500ee888310",
    ),
    Jar(
        "org/apache/kafka/kafka-storage/4.1.2/kafka-storage-4.1.2.jar",
        591039,
        "902a08f775a9957e1546ecec8e22fbda73b84be9dfbdf04cce7a023dd60bf8b9",
    ),
    Jar(
        "org/apache/kafka/kafka-storage-api/4.1.2/kafka-storage-api-4.1.2.jar",
        26987,
        "79910cc7d0e3d3a9d9ce6f30f6f000cd355321f604a0f6c73c948389d1b41457",
    ),
    Jar(
        "org/apache/kafka/kafka-tools-api/4.1.2/kafka-tools-api-4.1.2.jar",
        9072,
        "6d4d6a33b0dcd2180e7489c58c0089f8fb502e7a095cdd46f57755df462f00ae",
    ),
    Jar(
        "org/apache/kafka/kafka-transaction-coordinator/4.1.2/kafka-transaction-coordinator-4.1.2.jar",
        50504,
        "20939d46e1e65a34d6a59b447f0a5e63721678abbfdc948a5f9422930d71612c",
    ),
    Jar(
        "org/apache/kafka/kafka_2.13/4.1.2/kafka_2.13-4.1.2.jar",
        2064221,
        "965af2d9c19be0c169110eb18468a0bee24e24d14071a57c7f8a57bc4d3f990e",
    ),
    Jar(
        "org/apache/logging/log4j/log4j-api/2.25.3/log4j-api-2.25.3.jar",
        350610,
        "e886682920fa0fb9d6eb6395dcb4de088443f8646c89c5e5846e168e327f406f",
    ),
    Jar(
        "org/apache/logging/log4j/log4j-core/2.25.3/log4j-core-2.25.3.jar",
        2018402,
        "362b7fcb65b73aa46cc4bc53abf4eb216f444a83b5d1a037cb6fdfff0ae9f0f9",
    ),
    Jar(
        "org/apache/logging/log4j/log4j-slf4j-impl/2.25.3/log4j-slf4j-impl-2.25.3.jar",
        25390,
        "f835ac2bf1a895d5e687b4ebf238bff05316dd672e572dff235024b6e320bcc9",
    ),
    Jar(
        "at/yawk/lz4/lz4-java/1.10.1/lz4-java-1.10.1.jar",
        910232,
        "a58a84c4271e50df4c96ed916ccb7e48a869f8ed9cdcda1ad5d3d4c33b0214a3",
    ),
    Jar(
        "com/yammer/metrics/metrics-core/2.2.0/metrics-core-2.2.0.jar",
        82123,
        "6b7a14a6f34c10f8683f7b5e2f39df0f07b58c7dff0e468ebbc713905c46979c",
    ),
    Jar(
        "org/pcollections/pcollections/4.0.2/pcollections-4.0.2.jar",
        73718,
        "2bbeef5797a241300c4f7513cd546239629ed7deda4fc0c31df90bb95f5f13ef",
    ),
    Jar(
        "com/google/re2j/re2j/1.8/re2j-1.8.jar",
        114335,
        "7b52c72156dd7f98b3237a5b35c1d34fba381b21048c89208913ad80a45dfbd7",
    ),
    Jar(
        "org/scala-lang/scala-library/2.13.16/scala-library-2.13.16.jar",
        5926340,
        "1ebb2b6f9e4eb4022497c19b1e1e825019c08514f962aaac197145f88ed730f1",
    ),
    Jar(
        "com/typesafe/scala-logging/scala-logging_2.13/3.9.5/scala-logging_2.13-3.9.5.jar",
        61858,
        "87a3017d3f43e6ace7566fe4c3d615134c6914ff871c8d64bb32ca1d996d0545",
    ),
    Jar(
        "org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar",
        41125,
        "d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0",
    ),
    Jar(
        "org/xerial/snappy/snappy-java/1.1.10.7/snappy-java-1.1.10.7.jar",
        2338496,
        "4c766cb3f855415ee734b2392949a0b6f12a60879334a74518deaf6270d32e36",
    ),
    Jar(
        "com/github/luben/zstd-jni/1.5.6-10/zstd-jni-1.5.6-10.jar",
        7305999,
        "b6c3237e24b8252a5a9c3a0e1ae30ef8f323412e74bd358548b7a9e527d676df",
    ),
)


class Meter(Protocol):
    """Whoever wants to know how far the fetching is."""

    def advance(self, size_bytes: int) -> None:
        """Take in that so many bytes more (or, below zero, fewer) are there."""


class Silence:
    """A meter that says nothing."""

    def advance(self, size_bytes: int) -> None:
        """Ignore the progress."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End."""


class Report:
    """Progress for people: a bar on a terminal, a line every quarter in a pipe."""

    def __init__(self, *, total_bytes: int, says: str, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._total_bytes, self._says = total_bytes, says
        self._done_bytes, self._quarters = 0, 0
        self._lock = threading.Lock()
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        """Show the first line or an empty bar."""
        self._console.print(self._says, highlight=False, soft_wrap=True)
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("  Apache Kafka"),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task("jars", total=self._total_bytes)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def advance(self, size_bytes: int) -> None:
        """Move the bar, or print a line when another quarter is done. Safe from any thread."""
        with self._lock:
            self._done_bytes += size_bytes
            if self._bar is not None:
                self._bar.update(self._task, completed=self._done_bytes)
                return
            quarters = 4 * self._done_bytes // self._total_bytes
            if quarters > self._quarters:
                self._quarters = quarters
                self._console.print(
                    f"  {25 * quarters} % of {in_megabytes(self._total_bytes)}",
                    highlight=False,
                    soft_wrap=True,
                )


def cache_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder for what can be fetched again.

    It is `$CUESTREAM_CACHE`, else `$XDG_CACHE_HOME/cuestream`, else `~/.cache/cuestream`.
    """
    environ = os.environ if environ is None else environ
    if own := environ.get(CACHE_VARIABLE):
        return Path(own).expanduser()
    if shared := environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "cuestream"
    return Path.home() / ".cache" / "cuestream"


def ensure_jars(
    *,
    cache: Path | None = None,
    maven_url: str | None = None,
    jars: tuple[Jar, ...] = JARS,
    console: Console | None = None,
    is_quiet: bool = False,
) -> tuple[Path, ...]:
    """Return the paths of `jars`, every one checked against its SHA-256, fetching what is missing.

    Any number of processes may call this at once: one fetches, the others wait for it. A file in
    the cache with other bytes than the pinned ones is fetched again.

    Args:
        cache: The cache's root; `cache_dir()` when not given.
        maven_url: The root of a Maven repository; `$CUESTREAM_MAVEN_URL`, else Maven Central.
        jars: Which files; all the server's when not given.
        console: Where progress is shown; standard error when not given.
        is_quiet: Show nothing.

    Raises:
        JarsUnreachableError: Something is missing and cannot be fetched.
        JarCorruptError: The source has other bytes than the pinned ones.
        DiskFullError: There is no room for what is missing.
        FolderError: The cache cannot be written.
    """
    folder = (cache or cache_dir()) / f"kafka-{KAFKA_VERSION}"
    paths = tuple(folder / jar.name for jar in jars)
    if not _missing(jars, folder):
        return paths
    url = (maven_url or os.environ.get(MAVEN_URL_VARIABLE) or MAVEN_CENTRAL).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise JarsUnreachableError(
            url=url,
            cache=folder,
            size_bytes=sum(jar.size_bytes for jar in jars),
            because="that is no http or https address",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(folder / ".lock"):
            if missing := _missing(jars, folder):
                _fetch_all(missing, folder, url, console=console, is_quiet=is_quiet)
    except OSError as fault:
        raise FolderError(
            path=folder,
            because=fault.strerror or str(fault),
            remedy=f"{CACHE_VARIABLE} names another folder for the cache",
        ) from fault
    return paths


def _missing(jars: tuple[Jar, ...], folder: Path) -> tuple[Jar, ...]:
    return tuple(jar for jar in jars if not _is_right(folder / jar.name, jar))


def _is_right(path: Path, jar: Jar) -> bool:
    try:
        return path.stat().st_size == jar.size_bytes and _sha256(path) == jar.sha256
    except OSError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold `path` locked against other processes; the lock goes with the process."""
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch_all(
    missing: tuple[Jar, ...], folder: Path, url: str, *, console: Console | None, is_quiet: bool
) -> None:
    total_bytes = sum(jar.size_bytes for jar in missing)
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < total_bytes + DISK_MARGIN_BYTES:
        raise DiskFullError(
            path=folder,
            free_bytes=free_bytes,
            needed_bytes=total_bytes + DISK_MARGIN_BYTES,
            purpose="fetching Apache Kafka",
        )
    says = (
        f"Fetching Apache Kafka {KAFKA_VERSION} once: {len(missing)} files, "
        f"{in_megabytes(total_bytes)}, from {url} to {folder}"
    )
    meter = Silence() if is_quiet else Report(total_bytes=total_bytes, says=says, console=console)
    stopped = threading.Event()
    largest_first = sorted(missing, key=lambda jar: -jar.size_bytes)
    with meter, ThreadPoolExecutor(FETCHES_AT_ONCE, thread_name_prefix="jars") as pool:
        fetches = [
            pool.submit(_fetch, jar, folder, url, meter.advance, stopped) for jar in largest_first
        ]
        try:
            done, _ = wait(fetches, return_when=FIRST_EXCEPTION)
        finally:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
    for fetch in done:
        try:
            fetch.result()
        except _SourceFailedError as fault:
            raise JarsUnreachableError(
                url=url, cache=folder, size_bytes=total_bytes, because=fault.because
            ) from fault


class _SourceFailedError(Exception):
    """The source did not hand a file over, however often it was asked."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


def _fetch(
    jar: Jar, folder: Path, url: str, advance: Callable[[int], None], stopped: threading.Event
) -> None:
    """Bring one file into the cache; go on where an earlier attempt, or process, stopped."""
    source = f"{url}/{jar.path}"
    part = folder / f"{jar.name}.part"
    because, idle_attempts, wrong_files = "", 0, 0
    advance(_size(part))
    while idle_attempts < IDLE_ATTEMPTS_MAX and not stopped.is_set():
        had_bytes = _size(part)
        try:
            _append_rest(source, part, jar, advance, stopped)
            because = f"{jar.name} broke off after {_size(part)} of {jar.size_bytes} bytes"
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as fault:
            because = _reason(fault)
            if isinstance(fault, urllib.error.HTTPError):
                fault.close()
                if fault.code in HOPELESS_CODES:
                    break
        if _size(part) >= jar.size_bytes:
            found = _sha256(part)
            if found == jar.sha256:
                part.replace(folder / jar.name)
                return
            advance(-_size(part))
            part.unlink()
            wrong_files += 1
            if wrong_files == WRONG_FILES_MAX:
                raise JarCorruptError(url=source, expected=jar.sha256, found=found)
        elif _size(part) > had_bytes:
            idle_attempts = 0
        else:
            idle_attempts += 1
            stopped.wait(FIRST_PAUSE_S * 2**idle_attempts)
    if not stopped.is_set():
        raise _SourceFailedError(because)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append_rest(
    source: str, part: Path, jar: Jar, advance: Callable[[int], None], stopped: threading.Event
) -> None:
    """Ask for the bytes that `part` does not have and append them; start anew if need be."""
    had_bytes = _size(part)
    if had_bytes >= jar.size_bytes:
        return
    headers = {"User-Agent": "cuestream", "Accept-Encoding": "identity"}
    if had_bytes:
        headers["Range"] = f"bytes={had_bytes}-"
    request = urllib.request.Request(source, headers=headers)
    with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_S) as answer:
        is_rest = had_bytes > 0 and _starts_at(answer, had_bytes)
        if not is_rest:
            advance(-had_bytes)
            had_bytes = 0
        with part.open("ab" if is_rest else "wb") as file:
            wanted_bytes = jar.size_bytes - had_bytes
            while wanted_bytes > 0 and not stopped.is_set():
                chunk = answer.read(min(READ_BYTES, wanted_bytes))
                if not chunk:
                    return
                file.write(chunk)
                advance(len(chunk))
                wanted_bytes -= len(chunk)


def _starts_at(answer: HTTPResponse, offset: int) -> bool:
    """Return whether the source honoured the range; one that does not sends the whole file."""
    return answer.status == 206 and answer.headers.get("Content-Range", "").startswith(
        f"bytes {offset}-"
    )


def _reason(fault: Exception) -> str:
    if isinstance(fault, urllib.error.HTTPError):
        return f"it answers {fault.code} {fault.reason}"
    inner = fault.reason if isinstance(fault, urllib.error.URLError) else fault
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return str(inner) or type(inner).__name__
