"""The command line as tests use it: in this process, or as a process of its own."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import cuestream
from streams.settings import Kafka
from tests.support.kafka import create_topics

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process, in an empty folder and without settings of ours."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("CUESTREAM_"):
            monkeypatch.delenv(name)

    def invoke(*args: object, **given) -> Result:
        return CliRunner().invoke(cuestream, [str(arg) for arg in args], **given)

    return invoke


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the command line as a process, as a terminal does."""

    def popen(*args: object) -> subprocess.Popen[str]:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("CUESTREAM_")}
        environ["PYTHONPATH"] = str(Path(__file__).parents[2])
        environ["PYTHONUNBUFFERED"] = "1"
        return subprocess.Popen(
            [sys.executable, "-m", "streams.cli", *(str(arg) for arg in args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environ,
            # A suite started in the background has Ctrl-C ignored, and its children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    return popen


@pytest.fixture
def cluster(kafka_settings: Kafka) -> tuple[str, str]:
    """Arguments that name a broker with the engine's topics."""
    create_topics(kafka_settings)
    return ("--bootstrap-servers", kafka_settings.bootstrap_servers)


@pytest.fixture
def tenant() -> str:
    """A tenant of this test alone."""
    return f"t-{uuid.uuid4().hex[:12]}"
