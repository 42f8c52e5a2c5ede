"""Makes the environment: a virtual environment with exactly the locked packages.

Runs on a bare Python 3.11 with nothing else installed, so it imports the standard library only.
Wheels are kept in the cache folder by the lock file's digest: the next clone needs no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
PYTHON_MIN = (3, 11)


def cache_folder() -> Path:
    """Return where downloads are kept between clones."""
    named = os.environ.get("CUESTREAM_CACHE")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "cuestream"


def run(*command: str | Path, what: str) -> None:
    """Run a command; on failure end with a sentence and the last lines it printed."""
    done = subprocess.run(  # our own arguments
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise SystemExit(f"{what} failed:\n{tail}\nCheck the network and the disk, then try again.")


def fetch_wheels(python: Path, digest: str) -> Path:
    """Return the folder with every locked wheel, downloading what is missing."""
    folder = cache_folder() / "wheels" / digest
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    print("  downloading the locked packages (once per lock file) …", flush=True)
    run(
        python, "-m", "pip", "download", "--quiet", "--require-hashes", "--dest", folder,
        "-r", LOCK, what="Downloading the packages",
    )  # fmt: skip
    (folder / "complete").touch()
    return folder


def chromium() -> None:
    """Make sure a Chromium is there for the browser tests."""
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise SystemExit(
            "The browser tests need Chromium: install the package `chromium`"
            " (Debian, Ubuntu: `sudo apt-get install chromium`), then run `make test` again."
        )
    print("  installing Debian's chromium for the browser tests …", flush=True)
    run("apt-get", "update", "-qq", what="apt-get update")
    run("apt-get", "install", "-y", "-qq", "chromium", what="Installing chromium")


def environment() -> None:
    """Make `.venv` what the lock file says, unless it is already."""
    if sys.version_info < PYTHON_MIN:
        raise SystemExit(f"Cuestream needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    mark = VENV / f"ready-{digest}"
    if mark.exists():
        return
    print("making the environment in .venv", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    venv.create(VENV, with_pip=True)
    python = VENV / "bin" / "python"
    wheels = fetch_wheels(python, digest)
    print("  installing …", flush=True)
    offline = ("--no-index", "--find-links", wheels)
    run(
        python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--find-links",
        wheels, "hatchling", "pathspec", "pluggy", "packaging", "trove-classifiers", "setuptools",
        "wheel", what="Installing the build tools",
    )  # fmt: skip
    run(
        python, "-m", "pip", "install", "--quiet", *offline, "--no-build-isolation", "-r", LOCK,
        what="Installing the packages",
    )  # fmt: skip
    run(
        python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", ROOT,
        what="Installing Cuestream",
    )  # fmt: skip
    mark.touch()


def main() -> None:
    """Make the environment; `--browser` adds Chromium."""
    environment()
    if "--browser" in sys.argv[1:]:
        chromium()


if __name__ == "__main__":
    main()
