"""The process that mines: reads a fixed part of the conversation log and tells what it finds."""

from __future__ import annotations

from processors.miner.mined import Mined, Options
from processors.miner.mining import mine
from streams.library import child, messages
from streams.library.child import Say
from streams.library.messages import Began, Finished, Found, MiningJob, Progressed, Tree
from streams.mining.log_run import Bounds, history, spans_of
from streams.mining.naming import Endpoint, name_intents
from streams.mining.settings import NamingSettings
from streams.replay.logs import KafkaLogs, Logs

READING = "reading"
NAMING = "naming"


def work(job: MiningJob, say: Say) -> None:
    """Mine over Kafka."""
    with KafkaLogs(messages.kafka_of(job.kafka)) as logs:
        mine_log(logs, job, say)


def mine_log(logs: Logs, job: MiningJob, say: Say) -> None:
    """Mine what a log holds and tell it: what is read, progress, intents, the end.

    The same spans and the same library give the same messages but for progress.

    Raises:
        LogUnreadableError: The log does not give what is there.
    """
    spans = spans_of(logs) if job.spans is None else job.spans
    say(Began(dict(spans)))
    bounds = Bounds(
        tenant=job.tenant,
        since_ms=job.since_ms or None,
        conversations_max=job.conversations_max or None,
    )
    turns = history(logs, bounds, spans, lambda done, total: say(Progressed(READING, done, total)))
    options = Options(tenant=job.tenant, granularity=job.granularity)
    library = job.library if job.library.intents else None
    mined = mine(
        turns,
        options,
        library=library,
        discarded=job.discarded.intents,
        progress=child.progress(say),
    )
    named = 0
    if job.naming is not None:
        mined, named = _named(mined, NamingSettings.model_validate(job.naming), say)
    tell(mined, say, named)


def tell(mined: Mined, say: Say, named: int = 0) -> None:
    """Tell a result, intent by intent."""
    for index, intent in enumerate(mined.intents):
        say(Found(index, messages.encode(intent).decode()))
    tree = Tree(mined.leaves, mined.merges, mined.cut, mined.cuts)
    say(Finished(len(mined.intents), mined.figures, tree, mined.encoder, named))


def _named(mined: Mined, settings: NamingSettings, say: Say) -> tuple[Mined, int]:
    """Return the result with names from an endpoint, and how many it gave.

    They are told with the intents, so nobody asks again who reads the log.
    """
    mined, namings = name_intents(
        mined,
        Endpoint(settings),
        progress=lambda done, total: say(Progressed(NAMING, done, total)),
    )
    return mined, sum(bool(naming.label) for naming in namings)


if __name__ == "__main__":
    child.run(MiningJob, work)
