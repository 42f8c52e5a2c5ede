"""Starting an engine as a process group of its own, and reading what it uses.

Linux only: figures come from /proc, over every process of the engine's session, so that a JVM, a
worker's children and their threads all count.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
_LAST_LINES = 2
_ENDING_S = 5.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process group has used so far.

    Attributes:
        cpu_s: User and system time since its start, ended children included.
        rss_peak_bytes: Sum over its live processes of the most memory each ever held.
    """

    cpu_s: float
    rss_peak_bytes: int


class EngineProcess:
    """One engine at work; a context manager that leaves nothing running."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
    ) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(grace_s=5.0)

    @property
    def exit_code(self) -> int | None:
        """The engine's exit code, or None while it runs."""
        return self._process.poll()

    def usage(self) -> Usage:
        """Return what the engine's processes have used so far; zeros once they are gone."""
        return session_usage(self._process.pid)

    def last_words(self) -> str:
        """Return the last lines the engine wrote, on one line."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return " | ".join(line.strip() for line in lines[-_LAST_LINES:]) or "it wrote nothing"

    def stop(self, grace_s: float = 20.0) -> int:
        """Ask the engine to stop (SIGTERM), insist after `grace_s`; return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace_s)
        # The session may outlive its leader; it was made by us, so all of it is ours to end.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        exit_code = self._process.wait()
        deadline = time.monotonic() + _ENDING_S
        while any(_session(self._process.pid)) and time.monotonic() < deadline:
            time.sleep(0.01)
        return exit_code


def process_cpu_s(pid: int) -> float:
    """Return the user and system seconds of one process so far; zero once it is gone."""
    with contextlib.suppress(OSError):
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:13]) / _TICKS_PER_S
    return 0.0


def session_usage(session_id: int) -> Usage:
    """Return what the processes of a session (see setsid(2)) have used so far."""
    ticks = 0
    rss_peak_bytes = 0
    for entry, fields in _session(session_id):
        ticks += sum(int(field) for field in fields[11:15])
        # A process may end between two reads; then it no longer counts.
        with contextlib.suppress(OSError):
            rss_peak_bytes += _high_water_bytes(entry)
    return Usage(cpu_s=ticks / _TICKS_PER_S, rss_peak_bytes=rss_peak_bytes)


def _session(session_id: int) -> Iterator[tuple[Path, list[str]]]:
    """Yield a session's live processes: folder in /proc, fields of `stat` from the state on."""
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        fields: list[str] = []
        with contextlib.suppress(OSError):
            # The name in parentheses may hold blanks, so fields are counted from its end.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        if fields and int(fields[3]) == session_id and fields[0] not in "ZX":
            yield entry, fields


def _high_water_bytes(entry: Path) -> int:
    for line in (entry / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
