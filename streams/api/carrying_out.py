"""A command from a screen: appended, and what its processor said of it."""

from __future__ import annotations

from typing import Literal

from streams.api.appending import Appender, Entry, Refused
from streams.api.errors import RefusedError, TooLargeError, UnavailableError
from streams.api.verdicts import Verdicts


async def carry_out(
    entry: Entry, processor: str, *, appender: Appender, verdicts: Verdicts
) -> tuple[str, Literal["done", "under_way"]]:
    """Append a command and return where it stands, and how far it got.

    Raises:
        TooLargeError: The log does not take a record of that size.
        UnavailableError: The log did not acknowledge it.
        RefusedError: The rules refuse it.
    """
    await verdicts.ready()
    (receipt,) = await appender.append([entry])
    if isinstance(receipt, Refused):
        if receipt.is_too_large:
            raise TooLargeError(receipt.because)
        raise UnavailableError(
            f"The log did not acknowledge the command: {receipt.because}", retry_after_s=2
        )
    verdict = await verdicts.of(processor, receipt)
    if verdict.refused is not None:
        raise RefusedError(rule=verdict.refused.code, because=verdict.refused.because)
    cause = f"{receipt.topic}/{receipt.partition}/{receipt.offset}"
    return cause, "done" if verdict.state == "done" else "under_way"
