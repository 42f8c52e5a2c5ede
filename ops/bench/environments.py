"""The peers' environments: one virtual environment (or Maven build) each, made once and kept.

They live in `ops/bench/.envs/<peer>`, which git ignores. A stamp remembers what they were made
from, so a changed requirements file or Java source makes them anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ops.bench.errors import EnvironmentBuildError, MissingToolError

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "ops" / "peers"
ENVIRONMENTS = Path(__file__).resolve().parent / ".envs"

_STAMP = "made-from"
_LAST_LINES = 3


def python_environment(peer: str, say: Callable[[str], None]) -> Path:
    """Return the Python of the peer's own environment, made from its requirements if need be."""
    requirements = PEERS / peer / "requirements.txt"
    home = ENVIRONMENTS / peer
    python = home / "bin" / "python"
    stamp = _stamp([requirements], sys.version)
    if _is_made(home, stamp):
        return python
    say(f"making an environment for {peer} ({requirements.relative_to(ROOT)})")
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    _run(peer, [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)])
    _keep_stamp(home, stamp)
    return python


def java_environment(peer: str, say: Callable[[str], None]) -> str:
    """Return the class path of the peer's Maven build, built if need be.

    Raises MissingToolError when `java` or `mvn` is not on this machine.
    """
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise MissingToolError(tool=tool, wanted_for=peer)
    project = PEERS / peer
    home = ENVIRONMENTS / peer
    sources = [project / "pom.xml", *sorted((project / "src").rglob("*.java"))]
    stamp = _stamp(sources, "")
    if not _is_made(home, stamp):
        say(f"building {peer} with Maven ({project.relative_to(ROOT)})")
        shutil.rmtree(home, ignore_errors=True)
        pom = str(project / "pom.xml")
        _run(peer, ["mvn", "--quiet", "--batch-mode", "--file", pom, f"-Dhome={home}", "package"])
        _keep_stamp(home, stamp)
    return f"{home}/classes{os.pathsep}{home}/libs/*"


def _stamp(files: Iterable[Path], extra: str) -> str:
    digest = hashlib.sha256(extra.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _is_made(home: Path, stamp: str) -> bool:
    made_from = home / _STAMP
    return made_from.is_file() and made_from.read_text() == stamp


def _keep_stamp(home: Path, stamp: str) -> None:
    (home / _STAMP).write_text(stamp)


def _run(peer: str, command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:]
        short = " ".join(Path(word).name for word in command[:3])
        raise EnvironmentBuildError(peer=peer, command=short, because=" | ".join(said))
