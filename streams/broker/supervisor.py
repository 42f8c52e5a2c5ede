"""The process between the engine and the broker: it sees to it that the broker never outlives us.

Run as a program, with the standard library only, so that it is there within milliseconds. It holds
one child and ends it when its own starter asks on standard input, closes that pipe, or dies in any
way, SIGKILL included. The child ends at once when the supervisor itself is killed (Linux).

Standard input: `t` ends the child in order, `k` kills it, end of file means `t`. Standard output:
the child's process id. Exit code: the child's, or 128 plus the signal it died of.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

LOOK_S = 0.5
PR_SET_PDEATHSIG = 1


def supervise(
    command: list[str],
    *,
    output: str,
    environ: dict[str, str],
    lock_fd: int,
    starter_pid: int,
    grace_s: float,
) -> int:
    """Run `command` until it ends or must end; return its exit code.

    Args:
        command: Program and arguments.
        output: File that takes the child's output.
        environ: The child's environment.
        lock_fd: An open, locked file that the child inherits, so that the lock lives as long.
        starter_pid: The process whose end is the child's end.
        grace_s: How long an orderly end may take before the child is killed.
    """
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _ignore)
    with Path(output).open("ab") as file:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environ,
            pass_fds=(lock_fd,),
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509  # this process has one thread
        )
    os.write(1, f"{child.pid}\n".encode())
    asked = b""
    while child.poll() is None and not asked:
        asked = _asked(woken, starter_pid)
    if child.poll() is None:
        child.send_signal(signal.SIGKILL if asked == b"k" else signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while child.poll() is None:
            if time.monotonic() > deadline or _asked(woken, starter_pid, is_ending=True) == b"k":
                child.kill()
                child.wait()
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _asked(woken: int, starter_pid: int, *, is_ending: bool = False) -> bytes:
    """Wait a moment; return b"t" or b"k" when the child is to end, else nothing."""
    sources = [woken] if is_ending and _STDIN.is_closed else [woken, 0]
    ready, _, _ = select.select(sources, [], [], LOOK_S)
    if woken in ready and set(os.read(woken, 256)) - {signal.SIGCHLD}:
        return b"t"
    if 0 in ready:
        order = os.read(0, 1)
        _STDIN.is_closed = not order
        return order or b"t"
    return b"t" if os.getppid() != starter_pid else b""


class _Stdin:
    is_closed = False


_STDIN = _Stdin()


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the wake-up pipe has told already."""


def _die_with(supervisor_pid: int) -> Any:
    """Return what makes a new child end with this process, or None where the system cannot."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != supervisor_pid:
            os._exit(1)

    return ask_the_kernel


if __name__ == "__main__":
    sys.exit(supervise(**json.loads(sys.argv[1])))
