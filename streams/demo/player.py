"""Play the written conversations into the conversation log, several at once, in their own time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from schemas.records.assist import RecommendationIssued, RecommendationRefreshed
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
)
from streams.client import Follower, Producer, Received
from streams.client.lines import Line, line_of, line_of_record
from streams.topics import CONVERSATION_LOG, RECOMMENDATIONS, ROUTING_DECISIONS

if TYPE_CHECKING:
    from streams.settings import Kafka

Do = Literal["customer", "representative", "bot", "note", "escalate", "accept", "end"]
OnLine = Callable[[Line], None]

ACKNOWLEDGEMENT_S = 10.0
"""Longest wait for Kafka to take one step; then the play ends with an error."""
_TURNS_REMEMBERED = 1_000
_LETTERS = "bcdfghjkmnpqrstvwxz"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that happens, `after_ms` after the step before it."""

    after_ms: int
    do: Do
    text: str = ""


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One written conversation; `about` says what it shows.

    With a bot, only the customer's part is written: bot, routing and representatives do theirs.
    """

    name: str
    about: str
    channel: str
    customer_id: str
    customer_name: str
    locale: str
    starts_after_ms: int
    steps: list[Step]
    linked_record: str | None = None
    bot_id: str | None = None
    workstream: str | None = None


class Played(msgspec.Struct, frozen=True):
    """How far a play came: conversation ids by script name, steps done and steps in all."""

    conversations: dict[str, str]
    steps_done: int
    steps: int


def load_scripts() -> tuple[Script, ...]:
    """Return the written conversations."""
    text = files("streams.demo").joinpath("conversations.json").read_bytes()
    return tuple(msgspec.json.decode(text, type=list[Script]))


def run_name(now_ms: int) -> str:
    """Return four letters that tell one run from the others of about eight days."""
    number = now_ms // 5_000
    letters = []
    for _ in range(4):
        number, index = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[index])
    return "".join(letters)


class Player:
    """Plays scripts until they end or `stop` is called; can be paused from another thread.

    Attributes:
        conversations: Conversation ids of this run, by script name.
        steps: Steps of all scripts together.
        steps_done: Steps done so far.
    """

    def __init__(
        self,
        producer: Producer,
        *,
        scripts: Iterable[Script] | None = None,
        tenant: str = "demo",
        representative: tuple[str, str] = ("ann", "Ann"),
        speed: float = 1.0,
        on_line: OnLine | None = None,
    ) -> None:
        """Prepare a run.

        Args:
            producer: Where the steps go; it stays the caller's to close.
            scripts: What to play; the written conversations by default.
            tenant: Whose conversations they are.
            representative: Id and name of who accepts and answers.
            speed: 2 plays twice as fast; 0 does not wait at all.
            on_line: Called with a line for every turn, after Kafka has taken it.
        """
        self._producer, self._tenant, self._representative = producer, tenant, representative
        self._speed, self._on_line = max(0.0, speed), on_line
        self._scripts = tuple(load_scripts() if scripts is None else scripts)
        run = run_name(time.time_ns() // 1_000_000)
        self.conversations = {script.name: f"{script.name}-{run}" for script in self._scripts}
        self.steps = sum(len(script.steps) for script in self._scripts)
        self.steps_done = 0
        self._epochs = dict.fromkeys(self.conversations, 0)
        self._turns = dict.fromkeys(self.conversations, 0)
        self._change = threading.Condition()
        self._is_paused = self._is_stopped = False
        self._rested_s = 0.0

    @property
    def is_paused(self) -> bool:
        """True between `pause` and `resume`."""
        return self._is_paused

    def pause(self) -> None:
        """Hold before the next step; the scripts' clock stands still."""
        self._set(is_paused=True)

    def resume(self) -> None:
        """Go on where it was paused."""
        self._set(is_paused=False)

    def stop(self) -> None:
        """End the run before its next step, also a paused one."""
        self._set(is_stopped=True)

    def _set(self, *, is_paused: bool | None = None, is_stopped: bool = False) -> None:
        with self._change:
            self._is_paused = self._is_paused if is_paused is None else is_paused
            self._is_stopped = self._is_stopped or is_stopped
            self._change.notify_all()

    def run(self) -> Played:
        """Play to the end.

        Raises:
            ClientError: Kafka did not take a step within ten seconds.
            TimeoutError: The same, without a word from Kafka.
        """
        started_s = time.monotonic()
        for at_ms, script, step in self._timeline():
            due_s = started_s + at_ms / 1_000 / self._speed if self._speed else 0.0
            if not self._wait_until(due_s):
                break
            self._do(script, step)
            self.steps_done += 1
        return Played(self.conversations, self.steps_done, self.steps)

    def _timeline(self) -> list[tuple[int, Script, Step]]:
        timeline = []
        for script in self._scripts:
            at_ms = script.starts_after_ms
            for step in script.steps:
                at_ms += step.after_ms
                timeline.append((at_ms, script, step))
        return sorted(timeline, key=lambda item: item[0])

    def _wait_until(self, due_s: float) -> bool:
        """Return True when it is time for the next step, False when the run has been stopped."""
        with self._change:
            while not self._is_stopped:
                if self._is_paused:
                    before = time.monotonic()
                    self._change.wait()
                    self._rested_s += time.monotonic() - before
                    continue
                left_s = due_s + self._rested_s - time.monotonic()
                if left_s <= 0:
                    return True
                self._change.wait(left_s)
        return False

    def _do(self, script: Script, step: Step) -> None:
        name = script.name
        if self._is_first(script, step):
            self._send(self._opened(script), f"{self.conversations[name]}/opened")
        record = self._record(script, step)
        kind = f"turn/{self._turns[name]}" if isinstance(record, TurnSaid) else step.do
        self._send(record, f"{self.conversations[name]}/{kind}")

    def _is_first(self, script: Script, step: Step) -> bool:
        return step is script.steps[0]

    def _send(self, record: Any, event_id: str) -> None:
        delivery = self._producer.send(record, id=event_id, source="/demo")
        delivery.result(timeout=ACKNOWLEDGEMENT_S)
        if self._on_line is not None:
            self._on_line(line_of_record(record))

    def _opened(self, script: Script) -> ConversationOpened:
        return ConversationOpened(
            tenant=self._tenant,
            occurred_at_ms=_now_ms(),
            conversation_id=self.conversations[script.name],
            channel=script.channel,
            customer_id=script.customer_id,
            customer_name=script.customer_name,
            locale=script.locale,
            linked_record=script.linked_record,
            bot_id=script.bot_id,
            workstream=script.workstream,
            is_routed=script.bot_id is not None,
        )

    def _record(self, script: Script, step: Step) -> Any:
        about: dict[str, Any] = {
            "tenant": self._tenant,
            "occurred_at_ms": _now_ms(),
            "conversation_id": self.conversations[script.name],
        }
        who, name = self._representative
        match step.do:
            case "accept":
                epoch = self._next_epoch(script)
                return RepresentativeAccepted(
                    **about, ownership_epoch=epoch, representative_id=who, representative_name=name
                )
            case "escalate":
                epoch = self._next_epoch(script)
                return OwnershipMoved(
                    **about, ownership_epoch=epoch, owner="queue", owner_id=step.text
                )
            case "end":
                return ConversationEnded(**about, reason=step.text, ended_by=who)
            case _:
                return self._said(script, step, about)

    def _said(self, script: Script, step: Step, about: dict[str, Any]) -> TurnSaid:
        self._turns[script.name] += 1
        who, name = self._representative
        author: Literal["customer", "representative", "bot"]
        match step.do:
            case "customer":
                author, author_id, author_name = (
                    "customer",
                    script.customer_id,
                    script.customer_name,
                )
            case "bot":
                author, author_id, author_name = "bot", "assistant", "Assistant"
            case _:
                author, author_id, author_name = "representative", who, name
        return TurnSaid(
            **about,
            turn_id=f"t{self._turns[script.name]}",
            author=author,
            author_id=author_id,
            author_name=author_name,
            text=step.text,
            visibility="private" if step.do == "note" else "public",
            channel=script.channel,
            locale=script.locale,
        )

    def _next_epoch(self, script: Script) -> int:
        self._epochs[script.name] += 1
        return self._epochs[script.name]


def play(
    producer: Producer,
    *,
    speed: float = 1.0,
    on_line: OnLine | None = None,
    tenant: str = "demo",
    scripts: Iterable[Script] | None = None,
) -> Played:
    """Play the written conversations to their end; see `Player` to pause or stop one.

    Raises:
        ClientError: Kafka did not take a step within ten seconds.
        TimeoutError: The same, without a word from Kafka.
    """
    player = Player(producer, scripts=scripts, tenant=tenant, speed=speed, on_line=on_line)
    return player.run()


def watch(
    kafka: Kafka | str,
    on_line: OnLine,
    *,
    stop: threading.Event,
    tenant: str | None = None,
    with_turns: bool = False,
) -> None:
    """Call `on_line` for what is recommended and decided from now on, until `stop` is set.

    The line shows the time from the customer's turn (as stamped when it was let in) to the moment
    the recommendation could be read here, so it is exact on one machine only.

    Args:
        kafka: Which cluster.
        on_line: Gets the lines, in this thread.
        stop: Ends the watch within a quarter of a second.
        tenant: Of this tenant only.
        with_turns: Also call for what is written to the conversation log.

    Raises:
        ClientError: Kafka cannot be reached or the topics are missing.
    """
    said_at_ms: OrderedDict[tuple[str, str], int] = OrderedDict()
    topics = (CONVERSATION_LOG, RECOMMENDATIONS, ROUTING_DECISIONS)
    with Follower(kafka, topics, start="latest", tenant=tenant) as follower:
        while not stop.is_set():
            item = follower.take(timeout_s=0.25)
            if item is None:
                continue
            waited_ms = None
            if isinstance(item, Received):
                waited_ms = _waited_ms(item.record, said_at_ms)
            if with_turns or item.topic != CONVERSATION_LOG:
                on_line(line_of(item, waited_ms=waited_ms))


def _waited_ms(record: Any, said_at_ms: OrderedDict[tuple[str, str], int]) -> int | None:
    match record:
        case TurnSaid():
            said_at_ms[record.conversation_id, record.turn_id] = record.recorded_at_ms
            if len(said_at_ms) > _TURNS_REMEMBERED:
                said_at_ms.popitem(last=False)
        case RecommendationIssued() | RecommendationRefreshed():
            said = said_at_ms.get((record.conversation_id, record.trigger_turn_id))
            return None if said is None else max(0, _now_ms() - said)
        case _:
            pass
    return None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
