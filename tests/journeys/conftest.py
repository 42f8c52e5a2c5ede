"""A running Cuestream and a real browser for the journeys.

`CUESTREAM_JOURNEYS_URL` (with its `?token=`) names an instance that runs already; otherwise the
journeys start their own, with the demo's articles and an empty conversation list.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from streams import console_build
from tests.journeys.desk import Desk

CHROMIUM = Path("/usr/bin/chromium")
READY_S_MAX = 180.0
STOP_S_MAX = 30.0
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def console_url(request: pytest.FixtureRequest) -> str:
    """Address of the console with the token that signs a browser in."""
    given = os.environ.get("CUESTREAM_JOURNEYS_URL")
    return given or request.getfixturevalue("running_cuestream")


@pytest.fixture(scope="session")
def running_cuestream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run everything on this machine for the journeys; gives the address `up` prints."""
    console_build.build()
    data_dir = tmp_path_factory.mktemp("cuestream")
    command = [sys.executable, "-m", "streams.cli", "demo", "--no-script", "--no-open", "--plain"]
    options = ["--port", "0", "--broker-port", "0", "--data-dir", str(data_dir)]
    log = (data_dir / "cuestream.log").open("w+")
    process = subprocess.Popen(
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        yield _ready_url(process, Path(log.name))
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        log.close()


def _ready_url(process: subprocess.Popen[str], log: Path) -> str:
    """Return the address in the line `{"event": "ready", "url": …}`; read on in the background."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    heard: list[str] = []
    deadline_s = time.monotonic() + READY_S_MAX
    while (left_s := deadline_s - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=left_s)
        except queue.Empty:
            break
        if line is None:
            break
        heard.append(line)
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == "ready":
            return str(event["url"])
    return pytest.fail(
        f"Cuestream was not ready within {READY_S_MAX:.0f} s.\n"
        f"{''.join(heard[-20:])}\n{log.read_text()[-4_000:]}"
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once for a module; where it is missing the journeys fail, not skip."""
    if not CHROMIUM.is_file():
        pytest.fail(f"The journeys need Chromium at {CHROMIUM}: apt-get install -y chromium.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own, as new, in an English-speaking country."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    fresh.set_default_timeout(15_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One tab."""
    return context.new_page()


@pytest.fixture
def desk(page: Page, console_url: str) -> Desk:
    """The Agent desktop, open, signed in and live."""
    opened = Desk(page, console_url)
    opened.open()
    return opened
