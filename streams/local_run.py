"""Everything on one machine: Kafka, workers, console and, when asked, the demo.

This process only supervises. The broker and each worker are processes of their own, so that any of
them may be killed and is started again on its kept data; all of them end with this one.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from streams.broker.admin import ensure_topics
from streams.broker.local import LocalKafka
from streams.cli.options import DemoOptions, UpOptions
from streams.cli.target import INSTANCE_FILE
from streams.client import Producer
from streams.client.lines import Line
from streams.local_errors import PortTakenByOthersError, WorkerNotReadyError
from streams.reference_publication import publish_reference
from streams.schemas_publication import publish_schemas
from streams.settings import Kafka

READY_SECONDS_MAX = 60.0
POLL_SECONDS = 0.05
STOP_SECONDS_MAX = 15.0
RESTARTS_A_MINUTE_MAX = 20
PR_SET_PDEATHSIG = 1
BROKER_PORT = 19_092
API_PORT = 8_420
PORTS_TRIED = 50
_DEMO_REFERENCES = (
    ("assist.articles", "articles.json"),
    ("dialogue.bots", "bots.yaml"),
    ("routing.setup", "routing.json"),
)
_STYLES = {"turn": "", "card": "green", "change": "cyan", "quiet": "dim", "trouble": "red"}


@dataclass(slots=True)
class WorkerProcess:
    """One worker and how to start it again."""

    name: str
    port: int
    process: subprocess.Popen[bytes] | None = None
    started: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where its query API answers."""
        return f"http://127.0.0.1:{self.port}"


class LocalRun:
    """A run of `cuestream up` or `cuestream demo`."""

    def __init__(self, options: UpOptions) -> None:
        """Nothing starts before `run`."""
        self._options = options
        self._data_dir = options.settings.worker.data_dir.absolute()
        self._workers: list[WorkerProcess] = []
        self._stop = threading.Event()
        self._began = time.monotonic()
        self._broker: LocalKafka | None = None
        self._kafka: Kafka = options.settings.kafka
        self._print_lock = threading.Lock()
        self._screen = Console()

    def run(self) -> int:
        """Start everything, supervise it until Ctrl-C or SIGTERM; return the exit code.

        Raises:
            BrokerError, ConsoleBuildError, PortTakenByOthersError, WorkerNotReadyError: It cannot
                start; the message is the sentence to print.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        self._data_dir.mkdir(parents=True, exist_ok=True)
        try:
            return self._run()
        finally:
            self._end()

    def _run(self) -> int:
        options = self._options
        demo = " demo" if options.demo else ""
        self._say(f"cuestream{demo} · development mode, loopback only · data in {self._data_dir}")
        console = threading.Thread(target=self._build_console, daemon=True)
        console.start()
        if options.is_own_kafka:
            self._start_broker()
        ensure_topics(self._kafka, partitions=options.partitions)
        publish_schemas(self._kafka)
        self._event("broker", f"Kafka     {self._kafka.bootstrap_servers}")
        console.join()
        if self._stop.is_set():
            return 0
        self._start_workers()
        self._note_instance()
        first = self._workers[0]
        link = f"{first.url}/?token={self._token()}"
        self._event("ready", f"Console   {link}", url=link, api=first.url,
                    bootstrap_servers=self._kafka.bootstrap_servers, pid=os.getpid(),
                    workers=[w.process.pid for w in self._workers if w.process])  # fmt: skip
        self._say(f"Query API {first.url}/docs   Metrics {first.url}/metrics")
        self._say(f"ready after {time.monotonic() - self._began:.1f} s")
        if options.opens_browser and not options.is_plain:
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(link)
        with self._demo(options.demo):
            self._supervise()
        return 0

    # -- what runs -------------------------------------------------------------------------------

    def _start_broker(self) -> None:
        wanted = self._options.broker_port
        broker = LocalKafka(
            data_dir=self._data_dir / "kafka",
            port=BROKER_PORT if wanted is None else wanted,
            port_is_fixed=bool(wanted),
        )
        broker.start()
        self._broker = broker
        self._kafka = broker.kafka

    def _start_workers(self) -> None:
        taken: set[int] = set()
        for number in range(1, self._options.workers + 1):
            port = self._port(number, taken)
            taken.add(port)
            worker = WorkerProcess(f"worker-{number}", port)
            self._workers.append(worker)
            self._start_worker(worker)
        for worker in self._workers:
            self._await_ready(worker)

    def _port(self, number: int, taken: set[int]) -> int:
        wanted = self._options.port if number == 1 else 0
        if wanted:
            if not _is_free(wanted):
                raise PortTakenByOthersError(port=wanted)
            return wanted
        if wanted is None:
            for port in range(API_PORT, API_PORT + PORTS_TRIED):
                if port not in taken and _is_free(port):
                    return port
        return _any_port(taken)

    def _start_worker(self, worker: WorkerProcess) -> None:
        settings = self._options.settings
        environ = dict(os.environ)
        environ |= {
            "CUESTREAM_KAFKA__BOOTSTRAP_SERVERS": self._kafka.bootstrap_servers,
            "CUESTREAM_WORKER__DATA_DIR": str(self._data_dir),
            "CUESTREAM_WORKER__STORE": settings.worker.store,
            # No static membership here: a broker that comes back with its members in it would make
            # a restarted one wait for the whole rebalance time-out.
            "CUESTREAM_WORKER__NAME": worker.name,
            "CUESTREAM_API__PORT": str(worker.port),
            "CUESTREAM_API__PORT_IS_FIXED": "true",
        }
        log = (self._data_dir / f"{worker.name}.log").open("ab")
        worker.process = subprocess.Popen(
            [sys.executable, "-m", "streams.cli", "worker"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  # one prctl call, no lock is taken
        )
        log.close()
        worker.started.append(time.monotonic())

    def _await_ready(self, worker: WorkerProcess) -> None:
        deadline = time.monotonic() + READY_SECONDS_MAX
        because = "it did not answer"
        while time.monotonic() < deadline and not self._stop.is_set():
            assert worker.process is not None, "started before"
            if worker.process.poll() is not None:
                raise WorkerNotReadyError(
                    log=self._log_of(worker), because=_last_words(self._log_of(worker))
                )
            is_ready, because = _readiness(worker.port)
            if is_ready:
                return
            time.sleep(POLL_SECONDS)
        if not self._stop.is_set():
            raise WorkerNotReadyError(log=self._log_of(worker), because=because)

    def _supervise(self) -> None:
        """Start again what dies, until somebody says stop."""
        while not self._stop.wait(0.1):
            for worker in self._workers:
                process = worker.process
                if process is None or process.poll() is None:
                    continue
                recent = [at for at in worker.started if time.monotonic() - at < 60]
                worker.started = recent
                if len(recent) > RESTARTS_A_MINUTE_MAX:
                    log = self._log_of(worker)
                    raise WorkerNotReadyError(log=log, because=_last_words(log))
                how = _how_it_ended(process.returncode)
                self._event(
                    "restart", f"{worker.name} (pid {process.pid}) {how}; starting it again",
                    worker=worker.name, pid=process.pid,
                )  # fmt: skip
                self._start_worker(worker)
            broker = self._broker
            if broker is not None and not broker.is_running() and not self._stop.is_set():
                self._event("restart", "Kafka has ended; starting it again")
                broker.start()

    def _end(self) -> None:
        """End the workers, then the broker."""
        self._stop.set()
        processes = [worker.process for worker in self._workers if worker.process is not None]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for process in processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._broker is not None:
            self._broker.stop()
        (self._data_dir / INSTANCE_FILE).unlink(missing_ok=True)

    # -- the demo --------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _demo(self, demo: DemoOptions | None) -> Iterator[None]:
        if demo is None:
            yield
            return
        from streams.demo.player import Player, watch  # noqa: PLC0415
        from streams.demo.staff import Staff  # noqa: PLC0415

        for reference, file in _DEMO_REFERENCES:
            content = files("streams.demo").joinpath(file).read_bytes()
            publish_reference(
                self._kafka, reference, content, tenant="demo", label="demo", source="/demo"
            )
        watcher = threading.Thread(
            target=self._guarded, args=(watch, self._kafka, self._line),
            kwargs={"stop": self._stop, "tenant": "demo"}, daemon=True,
        )  # fmt: skip
        watcher.start()
        with Producer(self._kafka, source="/demo", tenant="demo") as producer:
            if demo.with_history:
                self._bring_history(producer)
            player = Player(producer, speed=demo.speed, on_line=self._line)
            staff = Staff(self._kafka, producer)
            jobs = [
                threading.Thread(
                    target=self._guarded, args=(self._play, player, demo), daemon=True
                ),
                threading.Thread(target=self._guarded, args=(staff.run, self._stop), daemon=True),
            ]
            for job in jobs:
                job.start()
            try:
                yield
            finally:
                player.stop()
                self._stop.set()
                for job in [*jobs, watcher]:
                    job.join(5)

    def _bring_history(self, producer: Producer) -> None:
        """Write the shop's past into the log, unless it is there: something to mine."""
        from streams.demo.history import CONVERSATIONS, last_id, past  # noqa: PLC0415

        port, token = self._workers[0].port, self._token()
        if _knows(port, token, last_id()):
            return
        began_s = time.monotonic()
        for one in past(time.time_ns() // 1_000_000):
            for number, record in enumerate(one.records):
                producer.send(record, id=f"{one.conversation_id}/{number}", source="/demo/history")
        producer.flush(READY_SECONDS_MAX)
        took_s = time.monotonic() - began_s
        self._say(f"{CONVERSATIONS} past conversations to mine, brought in {took_s:.1f} s")

    def _play(self, player: Any, demo: DemoOptions) -> None:
        if demo.with_script:
            self._say("playing written conversations; the console shows them as they happen")
            first = next(iter(player.conversations.values()))
            verb, pid = _command(), self._workers[0].process.pid if self._workers[0].process else 0
            self._say(f'Next:     {verb} say {first} "can I get my money back?"')
            self._say(f"          {verb} library mine      what customers wanted, from the past")
            self._say(f"          {verb} tail      what happens, with ids for {verb} explain ID")
            self._say(f"          kill -9 {pid}    the worker dies; nothing is lost or doubled")
            self._say("Ctrl-C stops everything; data is kept.")
            played = player.run()
            self._say(f"played {played.steps_done} of {played.steps} steps")
        if demo.imports and not self._stop.is_set():
            command = [
                sys.executable, "-m", "streams.cli", "import", *map(str, demo.imports),
                "--bootstrap-servers", self._kafka.bootstrap_servers, "--accept",
            ]  # fmt: skip
            subprocess.run(command, check=False)

    def _guarded(self, job: Any, *args: Any, **kwargs: Any) -> None:
        """Run a job of the demo; its failure is a sentence, not the end of the run."""
        try:
            job(*args, **kwargs)
        except Exception as fault:  # noqa: BLE001  # the run goes on without the demo
            if not self._stop.is_set():
                self._say(f"the demo stopped: {fault}")

    # -- what people see -------------------------------------------------------------------------

    def _build_console(self) -> None:
        from streams.console_build import ConsoleBuildError, build  # noqa: PLC0415

        try:
            build(say=self._say)
        except ConsoleBuildError as fault:
            self._say(f"{fault} The API works without it.")

    def _token(self) -> str:
        from streams.api.auth import read_token  # noqa: PLC0415

        return read_token(self._data_dir) or ""

    def _note_instance(self) -> None:
        from streams.api.auth import TOKEN_FILE  # noqa: PLC0415

        noted = {
            "url": self._workers[0].url,
            "bootstrap_servers": self._kafka.bootstrap_servers,
            "token_file": str(self._data_dir / TOKEN_FILE),
            "pid": os.getpid(),
        }
        path = self._data_dir / INSTANCE_FILE
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(noted))
        fresh.replace(path)

    def _event(self, event: str, line: str, **fields: Any) -> None:
        if self._options.is_plain:
            self._write(json.dumps({"event": event, "line": line, **fields}, ensure_ascii=False))
        else:
            self._line(line)

    def _say(self, line: str) -> None:
        self._event("line", line)

    def _line(self, line: Line | str) -> None:
        text = line if isinstance(line, str) else line.plain()
        if self._options.is_plain:
            self._write(json.dumps({"event": "line", "line": text}, ensure_ascii=False))
            return
        style = "" if isinstance(line, str) else _STYLES[line.tone]
        with self._print_lock:
            self._screen.print(f"  {text}", style=style, markup=False, highlight=False)

    def _write(self, text: str) -> None:
        with self._print_lock:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def _log_of(self, worker: WorkerProcess) -> Path:
        return self._data_dir / f"{worker.name}.log"

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()


def _command() -> str:
    """Return how to call `cuestream` from here."""
    if shutil.which("cuestream"):
        return "cuestream"
    beside = Path(sys.executable).parent / "cuestream"
    with contextlib.suppress(ValueError):
        return str(beside.relative_to(Path.cwd()))
    return str(beside)


def _die_with_parent() -> None:
    """Ask Linux to end this process when the one that started it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _knows(port: int, token: str, conversation_id: str) -> bool:
    """Return whether a worker has a conversation; what it does not answer it does not have."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("GET", f"/v1/conversations/{conversation_id}", headers=headers)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _readiness(port: int) -> tuple[bool, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as fault:
        return False, str(fault)
    finally:
        connection.close()
    return answer.status == 200, body


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_port(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def _last_words(log: Path) -> str:
    """Return the last line of a log that says something."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-40:]
    except OSError:
        return "it wrote no log"
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:500] if said else "it said nothing"


def _how_it_ended(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
