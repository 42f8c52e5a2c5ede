"""The process that trains: a frozen library in, the artefact out."""

from __future__ import annotations

from processors.intents.loading import load_library
from processors.library.content import encoded
from processors.miner.training import train
from streams.library import child
from streams.library.child import Say
from streams.library.errors import ArtefactTooLargeError
from streams.library.messages import Progressed, Trained, TrainingJob
from streams.reference_publication import CONTENT_BYTES_MAX


def work(job: TrainingJob, say: Say) -> None:
    """Train, and tell the artefact. The same library gives the same artefact.

    Raises:
        InvalidReferenceError: What was frozen cannot be a library.
        ArtefactTooLargeError: It does not fit a record.
    """
    say(Progressed("training", 0, 0))
    trained = train(job.content)
    artefact = encoded(trained.content)
    if len(artefact) > CONTENT_BYTES_MAX:
        raise ArtefactTooLargeError(size_bytes=len(artefact), size_bytes_max=CONTENT_BYTES_MAX)
    # What is published must be loadable: whoever reads it has no way back.
    load_library(artefact)
    say(
        Trained(
            artefact=artefact,
            threshold=trained.threshold,
            accuracy=trained.accuracy,
            examples=trained.examples,
            encoder=trained.content.encoder,
        )
    )


if __name__ == "__main__":
    child.run(TrainingJob, work)
