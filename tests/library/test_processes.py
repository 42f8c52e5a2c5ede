"""Work in processes of their own: they end with the worker, and how they end is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from processors.intents.library import Intent, LibraryContent
from processors.intents.loading import load_library
from streams.library.errors import ChildFailedError
from streams.library.messages import Message, Progressed, Trained, TrainingJob
from streams.library.processes import child
from tests.library.sleeper import Order
from tests.library.support import until

SLEEPER = "tests.library.sleeper"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes find the tests' own modules."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


async def said(do: str) -> list[Message]:
    async with child(SLEEPER, Order(do)) as messages:
        return [message async for message in messages]


async def test_leaving_ends_the_process_wherever_it_is():
    async with child(SLEEPER, Order("wait")) as messages:
        first = await anext(messages)
        assert isinstance(first, Progressed)
        assert is_alive(first.done)
    assert not is_alive(first.done)


async def test_a_task_that_is_cancelled_ends_its_process():
    pids: list[int] = []

    async def wait() -> None:
        async with child(SLEEPER, Order("wait")) as messages:
            async for message in messages:
                assert isinstance(message, Progressed)
                pids.append(message.done)

    task = asyncio.create_task(wait())
    await until(lambda: pids)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert not is_alive(pids[0])


async def test_a_killed_worker_takes_its_process_along():
    script = (
        "import asyncio\n"
        "from streams.library.processes import child\n"
        "from tests.library.sleeper import Order\n"
        "async def main():\n"
        "    async with child('tests.library.sleeper', Order('wait')) as messages:\n"
        "        async for message in messages:\n"
        "            print(message.done, flush=True)\n"
        "asyncio.run(main())\n"
    )
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    pid = int(await worker.stdout.readline())
    assert is_alive(pid)
    worker.kill()
    await worker.wait()
    await until(lambda: not is_alive(pid))


async def test_a_process_that_is_killed_is_noticed_and_may_be_tried_again():
    async def killed() -> None:
        async with child(SLEEPER, Order("wait")) as messages:
            async for message in messages:
                assert isinstance(message, Progressed)
                os.kill(message.done, signal.SIGKILL)

    with pytest.raises(ChildFailedError, match="killed by signal 9") as caught:
        await killed()
    assert not caught.value.is_final


async def test_a_process_that_ends_without_a_word_says_at_least_how():
    with pytest.raises(ChildFailedError, match="exit code 7") as caught:
        await said("exit")
    assert not caught.value.is_final


@pytest.mark.parametrize(
    ("do", "because", "is_final"),
    [
        ("refuse", "intent.library", True),
        ("stumble", "Look at the broker", False),
        ("break", "ZeroDivisionError: division by zero", True),
    ],
)
async def test_a_fault_is_a_sentence_that_says_whether_to_try_again(
    do: str, because: str, is_final: bool
):
    with pytest.raises(ChildFailedError, match=because) as caught:
        await said(do)
    assert caught.value.is_final == is_final


async def test_what_libraries_print_is_no_message():
    (only,) = await said("chatter")
    assert isinstance(only, Progressed)


async def test_a_library_is_trained_to_an_artefact_that_detects():
    intents = (
        Intent("cancel", "cancel", examples=("cancel my order", "please cancel it", "stop it")),
        Intent("hours", "hours", examples=("when are you open", "opening hours please")),
    )
    job = TrainingJob(LibraryContent(intents=intents))
    async with child("streams.library.training_worker", job) as messages:
        (trained,) = [one async for one in messages if isinstance(one, Trained)]
    library = load_library(trained.artefact)
    (found,) = library.detect(["I want to cancel my order"])
    assert found.intent_id == "cancel"
    assert trained.examples == 5
    assert trained.encoder == library.content.encoder
