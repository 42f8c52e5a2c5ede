"""What can go wrong in the machine room.

RuntimeFaultError
- ChangelogCorruptError: a changelog holds what no worker of ours wrote
- FencedError: a newer owner has the partition
- AppendFailedError: Kafka did not take a batch
- ReadFailedError: Kafka gave nothing for too long
- LogTooShortError: a log ends before what was taken in from it
- ReferenceMissingError: an announced artefact cannot be found
- TooManyOutputsError: one input had more outputs than a sequence can number
"""

from __future__ import annotations


class RuntimeFaultError(Exception):
    """A fault of the runtime itself: the worker stops loudly rather than go on."""


class ChangelogCorruptError(RuntimeFaultError):
    """A changelog holds what no worker of ours wrote."""

    def __init__(self, *, topic: str, partition: int, offset: int, because: str) -> None:
        super().__init__(
            f"{topic}[{partition}]@{offset}: {because}. Nobody but the workers may write this"
            " topic; find out who did before you start again"
        )
        self.topic, self.partition, self.offset, self.because = topic, partition, offset, because


class FencedError(RuntimeFaultError):
    """A newer owner has the partition; this worker must let it go."""

    def __init__(self, *, processor: str, partition: int, mine: int, theirs: int) -> None:
        super().__init__(
            f"{processor} partition {partition}: epoch {theirs} has taken over from epoch {mine}"
        )
        self.processor, self.partition, self.mine, self.theirs = processor, partition, mine, theirs


class AppendFailedError(RuntimeFaultError):
    """Kafka did not take a batch; whether it is in the log is unknown."""

    def __init__(self, *, topic: str, partition: int, because: str) -> None:
        super().__init__(f"{topic}[{partition}]: batch not acknowledged: {because}")
        self.topic, self.partition, self.because = topic, partition, because


class ReferenceMissingError(RuntimeFaultError):
    """An announced artefact cannot be found yet; the partition waits for it."""

    def __init__(self, *, reference: str, digest: str, tenant: str) -> None:
        super().__init__(
            f"{reference} {digest[:12]} was announced for tenant {tenant} but is not on"
            " control.reference.v1; publish it again (`cuestream articles publish` or"
            " `cuestream settings publish`): the partition waits for it"
        )
        self.reference, self.digest, self.tenant = reference, digest, tenant


class TooManyOutputsError(RuntimeFaultError):
    """One input had more outputs than a sequence can number."""

    def __init__(self, *, cause: str, outputs: int) -> None:
        super().__init__(f"{cause}: {outputs} outputs of one input; a sequence numbers 2**24")
        self.cause, self.outputs = cause, outputs


class ReadFailedError(RuntimeFaultError):
    """Kafka gave nothing for too long while a partition was being recovered."""

    def __init__(self, *, topic: str, partition: int, offset: int, end: int) -> None:
        super().__init__(
            f"{topic}[{partition}]: nothing came from offset {offset} although the log reaches"
            f" {end}; check the broker, then start again"
        )
        self.topic, self.partition, self.offset, self.end = topic, partition, offset, end


class LogTooShortError(RuntimeFaultError):
    """A log ends before what was taken in from it: it was made anew, or records were lost."""

    def __init__(self, *, topic: str, partition: int, end: int, next_offset: int) -> None:
        super().__init__(
            f"{topic}[{partition}] ends at {end}, but records up to {next_offset} were taken in:"
            " the topic was deleted and made anew, or the cluster lost records. What is written"
            " there now would be skipped. Delete the changelog topic and the local state too, or"
            " bring the log back"
        )
        self.topic, self.partition = topic, partition
        self.end, self.next_offset = end, next_offset
