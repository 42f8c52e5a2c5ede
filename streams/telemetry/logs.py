"""Logs: people's lines on a terminal, one JSON object a line elsewhere, and never what was said.

Faust, aiokafka and uvicorn log through the standard library; their lines come out in the same form.
Fields that hold text, cards or secrets are dropped by name before anything is rendered.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

WITHHELD = "[withheld]"
SECRET_PARTS = ("token", "secret", "password", "authorization", "cookie", "credential", "signature")
PRIVATE_NAMES = frozenset(
    {
        "body",
        "card",
        "content",
        "customer_name",
        "author_name",
        "data",
        "headers",
        "preview",
        "record",
        "text",
        "turn",
        "value",
    }
)

# Libraries are quieted by name, never the root: a root at WARNING makes Faust set it to DEBUG, and
# then every message builds a log record.
_QUIET = ("aiokafka", "kafka", "asyncio", "uvicorn", "faust", "mode", "bm25s", "streams.runtime")
# A coordinator that is still starting, a member that left: they are told as errors and are none.
_SILENT = ("aiokafka.consumer.group_coordinator", "aiokafka.conn")


def configure(
    *, level: str = "INFO", is_json: bool | None = None, stream: TextIO | None = None
) -> None:
    """Send all logs of the process to one stream, in one form.

    Args:
        level: Least level shown. Chatty libraries stay one level above.
        is_json: One JSON object a line; by default unless the stream is a terminal.
        stream: Where to; by default stderr.
    """
    target = sys.stderr if stream is None else stream
    machine = not target.isatty() if is_json is None else is_json
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        withhold,
    ]
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), withhold],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_end(machine, target),
            ],
        )
    )
    # bm25s sets its own logger to DEBUG when it is imported, which is later than this.
    handler.addFilter(lambda said: said.levelno >= root.level)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger: an event in a few fixed words, everything that varies in fields."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


def withhold(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the values of fields that may hold what people said or what opens doors."""
    for name in event:
        lowered = name.lower()
        if lowered in PRIVATE_NAMES or any(part in lowered for part in SECRET_PARTS):
            event[name] = WITHHELD
    return event


def _end(machine: bool, target: TextIO) -> list[Any]:  # noqa: FBT001  # one private switch
    if machine:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Never rich's traceback: it shows local variables, and with them what people said.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=plain)]
