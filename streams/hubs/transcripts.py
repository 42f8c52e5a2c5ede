"""Transcripts for hubs: read from rows here or at the worker that has them, and given by address.

An address holds for a while and names tenant, conversation and number of turns; whoever knows it
may read just that. Workers ask one another by the same addresses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets as chance
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiohttp
import msgspec

from processors.handoff import transcript as wire
from processors.handoff.hubs.contract import Transcript, Turn
from processors.handoff.hubs.telling import turn_of
from processors.views import conversation as views
from streams.hubs.errors import TranscriptNotReadyError
from streams.hubs.sending import body_of
from streams.hubs.settings import Hubs
from streams.tables import NotOwnedError, Tables

PREFIX: Final = "/out/transcripts"
PROCESSOR: Final = "conversation"
KEY_FILE: Final = "hub-links.key"
_PAGE: Final = 500
_TIMEOUT_S: Final = 5.0
_ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024


class Links:
    """Signed addresses of transcripts."""

    def __init__(
        self, secret: Callable[[], bytes], valid_s: int, clock: Callable[[], float]
    ) -> None:
        """Take the secret's source; it is asked when the first address is made or checked.

        Args:
            secret: Gives the secret, the same on every worker.
            valid_s: How long an address holds.
            clock: Wall clock, seconds.
        """
        self._ask, self._valid_s, self._clock = secret, valid_s, clock
        self._secret = b""

    def path(self, tenant: str, conversation_id: str, turns: int, *, form: str = "wire") -> str:
        """Return the address of a transcript, without the host."""
        ends_s = int(self._clock()) + self._valid_s
        mark = self._mark(tenant, conversation_id, turns, form, ends_s)
        where = f"{PREFIX}/{quote(tenant, safe='')}/{quote(conversation_id, safe='')}"
        return f"{where}?turns={turns}&form={form}&ends={ends_s}&mark={mark}"

    def holds(self, tenant: str, conversation_id: str, given: Mapping[str, str]) -> bool:
        """Return whether an address is one of ours and holds still."""
        turns, ends = given.get("turns", ""), given.get("ends", "")
        if not (turns.isdecimal() and ends.isdecimal()) or int(ends) < self._clock():
            return False
        made = self._mark(tenant, conversation_id, int(turns), given.get("form", ""), int(ends))
        return hmac.compare_digest(made.encode(), given.get("mark", "").encode())

    def _mark(self, tenant: str, conversation_id: str, turns: int, form: str, ends_s: int) -> str:
        if not self._secret:
            self._secret = self._ask()
        about = "\0".join((tenant, conversation_id, str(turns), form, str(ends_s)))
        made = hmac.new(self._secret, about.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).decode().rstrip("=")


class Transcripts:
    """Reads transcripts wherever they are."""

    def __init__(
        self,
        tables: Tables,
        links: Links,
        session: Callable[[], aiohttp.ClientSession],
        public_url: str | None,
    ) -> None:
        """Take the parts.

        Args:
            tables: Rows of this worker, and who has the others.
            links: Makes and checks addresses.
            session: Gives the HTTP client.
            public_url: How hubs reach this API; None: transcripts go inline only.
        """
        self._tables, self.links, self._session = tables, links, session
        self._public_url = None if public_url is None else public_url.rstrip("/")

    async def of(self, tenant: str, conversation_id: str, turns: int) -> Transcript:
        """Return the first `turns` turns, and where they can be fetched.

        Raises:
            TranscriptNotReadyError: They are not all there yet, or their worker does not answer.
        """
        found = await self.turns(tenant, conversation_id, turns)
        url = None
        if self._public_url is not None:
            url = self._public_url + self.links.path(tenant, conversation_id, turns)
        return Transcript(found, url)

    async def turns(self, tenant: str, conversation_id: str, turns: int) -> tuple[Turn, ...]:
        """Return the first `turns` turns of a conversation.

        Raises:
            TranscriptNotReadyError: They are not all there yet, or their worker does not answer.
        """
        if not turns:
            return ()
        try:
            return self.local(tenant, conversation_id, turns)
        except NotOwnedError as elsewhere:
            if elsewhere.url is None:
                raise TranscriptNotReadyError(
                    conversation_id=conversation_id, because="no worker has it yet"
                ) from None
            return await self._remote(elsewhere.url, tenant, conversation_id, turns)

    def local(self, tenant: str, conversation_id: str, turns: int) -> tuple[Turn, ...]:
        """Return the first `turns` turns from rows of this worker.

        Raises:
            NotOwnedError: Another worker has them.
            TranscriptNotReadyError: They are not all there yet.
        """
        prefix = f"{tenant}:{conversation_id}\0".encode()
        found: list[Turn] = []
        after: bytes | None = None
        while len(found) < turns:
            page, _ = self._tables.scan(PROCESSOR, views.TURN, prefix, after=after, limit=_PAGE)
            if not page:
                break
            after = page[-1][0]
            found += [turn_of(views.decode(views.TURN, value)) for _, value in page]
        found = [turn for turn in found if turn.number <= turns]
        if len(found) < turns:
            because = f"{len(found)} of {turns} turns are there"
            raise TranscriptNotReadyError(conversation_id=conversation_id, because=because)
        return tuple(found)

    async def answer(self, tenant: str, conversation_id: str, turns: int, form: str) -> bytes:
        """Return a transcript as bytes: `turns`, for workers, or activities, for hubs.

        Raises:
            TranscriptNotReadyError: They are not all there yet, or their worker does not answer.
        """
        found = (
            self._here(tenant, conversation_id, turns)
            if form == "turns"
            else await self.turns(tenant, conversation_id, turns)
        )
        if form == "turns":
            return msgspec.json.encode(found)
        about = wire.Reference(conversation_id=conversation_id)
        return msgspec.json.encode(wire.activities(found, about))

    def _here(self, tenant: str, conversation_id: str, turns: int) -> tuple[Turn, ...]:
        try:
            return self.local(tenant, conversation_id, turns)
        except NotOwnedError:
            # Asked by a worker already: it moved on the way, and must not travel again.
            raise TranscriptNotReadyError(
                conversation_id=conversation_id, because="it is moving between workers"
            ) from None

    async def _remote(
        self, url: str, tenant: str, conversation_id: str, turns: int
    ) -> tuple[Turn, ...]:
        path = self.links.path(tenant, conversation_id, turns, form="turns")
        because = "its worker does not answer"
        try:
            timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
            async with self._session().get(
                url.rstrip("/") + path, timeout=timeout, allow_redirects=False
            ) as answer:
                body = await body_of(answer, _ANSWER_BYTES_MAX)
                if answer.status == 200:
                    return msgspec.json.decode(body, type=tuple[Turn, ...])
                because = f"its worker answers {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as fault:
            raise TranscriptNotReadyError(
                conversation_id=conversation_id, because=because
            ) from fault
        raise TranscriptNotReadyError(conversation_id=conversation_id, because=because)


def link_secret(hubs: Hubs, data_dir: Path) -> bytes:
    """Return the secret of addresses: the set one, else one of this data folder's own."""
    if hubs.link_secret is not None:
        return hubs.link_secret.get_secret_value().encode()
    file = Path(data_dir) / KEY_FILE
    try:
        return file.read_bytes()
    except FileNotFoundError:
        pass
    file.parent.mkdir(parents=True, exist_ok=True)
    made = chance.token_bytes(32)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(handle, "wb") as opened:
        opened.write(made)
    return made
