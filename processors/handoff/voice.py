"""What differs when the customer is on the phone: text that is read aloud, and numbers to call.

A call has the caller's number and a message has none, which is how the two are told apart. Markup
is not read aloud: `spoken` leaves the words and drops what only the eye needs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from processors.machine import Rejection

MESSAGE_BYTES_MAX: Final = 28 * 1_024
"""Largest message on a messaging channel, metadata included; and largest inline transcript."""

ADAPTIVE_CARD: Final = "application/vnd.microsoft.card.adaptive"
PLUS: Final = "voice.number_with_plus"
NO_NUMBER: Final = "voice.no_number"
MESSAGE_TOO_LARGE: Final = "voice.message_too_large"

DIGITS_MAX: Final = 15
"""Most digits a telephone number has (ITU-T E.164)."""

_TAG: Final = re.compile(r"</?[A-Za-z!][^<>]*>")
_BREAK: Final = re.compile(r"<(?:br|/?p|/?div|/?li|/?tr|/?h[1-6])\b[^<>]*>", re.IGNORECASE)
_SPACES: Final = re.compile(r"[ \t\u00a0]+")
_LINES: Final = re.compile(r"\n{3,}")

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_RULE: Final = re.compile(r" {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-+) *$")
_HEADING: Final = re.compile(r" {0,3}#{1,6}(?:[ \t]+|$)")
_HEADING_END: Final = re.compile(r"[ \t]+#+[ \t]*$")
_QUOTE: Final = re.compile(r"(?: {0,3}> ?)+")
_BULLET: Final = re.compile(r"[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?")
_TABLE_RULE: Final = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_DEFINITION: Final = re.compile(r" {0,3}\[[^\[\]]+\]:[ \t]*\S+")

_TICKS: Final = re.compile(r"`+")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_URL: Final = (
    r"\(\s*(?:<[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)?)(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)"
)
_IMAGE: Final = re.compile(r"!\[([^\[\]]*)\](?:" + _URL + r"|\[[^\[\]]*\])")
_LINK: Final = re.compile(r"\[([^\[\]]*)\](?:" + _URL + r"|\[[^\[\]]*\])")
_AUTOLINK: Final = re.compile(r"<((?:https?|mailto|tel):[^<>\s]*)>")
_RUN: Final = re.compile(r"\*+|_+|~~+")

Keep = Callable[[str], str]

_KEPT_START, _KEPT_END = "\ue000", "\ue001"
_KEPT: Final = re.compile(_KEPT_START + r"(\d+)" + _KEPT_END)


def is_call(customer_phone: str | None) -> bool:
    """Return whether the customer is on the phone: a message has no caller's number."""
    return bool(customer_phone)


def phone_variables(customer_phone: str | None, organization_phone: str | None) -> dict[str, str]:
    """Return the numbers as a bot's variables: who calls, what they dialled; "" for messages."""
    return {
        "bot.CustomerPhoneNumber": customer_phone or "",
        "bot.OrganizationPhoneNumber": organization_phone or "",
    }


def phone_number(text: str) -> str | Rejection:
    """Return a number that can be called, or why it is none; nothing is stripped in silence."""
    number = text.strip()
    if number.startswith("+"):
        return Rejection(
            PLUS,
            "a target phone number has no leading plus: a transfer to it would fail; write the"
            " digits only",
        )
    if not (number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX):
        return Rejection(
            NO_NUMBER,
            f"a target phone number is 1 to {DIGITS_MAX} digits without spaces or signs",
        )
    return number


def spoken(text: str, text_format: str = "plain", speak: str | None = None) -> str:
    """Return what is read aloud: `speak` where there is one, else the text without its markup.

    Args:
        text: What is shown.
        text_format: plain, markdown or html.
        speak: What is to be spoken instead; an Adaptive Card brings its own.
    """
    if speak is not None and speak.strip():
        return speak
    match text_format:
        case "markdown":
            return _tidy(_without_markdown(text))
        case "html":
            return _tidy(html.unescape(_TAG.sub("", _BREAK.sub("\n", text))))
        case _:
            return text


def speak_of(attachments: Sequence[Any]) -> str | None:
    """Return the `speak` text of the Adaptive Cards among attachments, if any has one."""
    texts = [text for card in attachments if (text := _speak_of_card(card))]
    return " ".join(texts) or None


def mute_cards(attachments: Sequence[Any]) -> int:
    """Return how many Adaptive Cards have nothing to say on the phone."""
    return sum(_is_card(card) and not _speak_of_card(card) for card in attachments)


def too_large(message: bytes | Mapping[str, Any]) -> Rejection | None:
    """Return why a message does not fit its channel, or None when it does.

    Args:
        message: The message with all its metadata, as it goes out: JSON bytes or the object.
    """
    size = len(message) if isinstance(message, bytes) else len(msgspec.json.encode(message))
    if size <= MESSAGE_BYTES_MAX:
        return None
    return Rejection(
        MESSAGE_TOO_LARGE,
        f"the message has {size:,} bytes with its metadata; a messaging channel takes"
        f" {MESSAGE_BYTES_MAX:,}",
    )


def _is_card(attachment: Any) -> bool:
    return isinstance(attachment, Mapping) and attachment.get("contentType") == ADAPTIVE_CARD


def _speak_of_card(attachment: Any) -> str | None:
    content = attachment.get("content") if _is_card(attachment) else None
    speak = content.get("speak") if isinstance(content, Mapping) else None
    return speak.strip() or None if isinstance(speak, str) else None


def _tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _LINES.sub("\n\n", "\n".join(lines)).strip()


def _without_markdown(text: str) -> str:
    """Return the words of a Markdown text, in time that grows with its length."""
    text = text.replace("\r\n", "\n").replace(_KEPT_START, "").replace(_KEPT_END, "")
    kept: list[str] = []

    def keep(words: str) -> str:
        kept.append(words)
        return f"{_KEPT_START}{len(kept) - 1}{_KEPT_END}"

    words = "\n".join(_blocks(text.split("\n"), keep))
    words = _with_code_kept(words, keep)
    words = _ESCAPE.sub(lambda found: keep(found[1]), words)
    words = _LINK.sub(r"\1", _IMAGE.sub(r"\1", words))
    words = _AUTOLINK.sub(lambda found: keep(found[1].removeprefix("mailto:")), words)
    words = html.unescape(_TAG.sub("", _BREAK.sub("\n", words)))
    words = _without_emphasis(words)
    # Code inside a link's label was kept first, so one pass brings everything back.
    return _KEPT.sub(lambda found: kept[int(found[1])], words)


def _blocks(lines: Sequence[str], keep: Keep) -> list[str]:
    """Return lines without the marks that make headings, lists, quotes, tables and code."""
    words: list[str] = []
    fence: str | None = None
    for line in lines:
        opened = _FENCE.match(line)
        if fence is not None:
            if opened and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = None
            elif line.strip():
                words.append(keep(line.strip()))
            continue
        if opened:
            fence = opened[1]
            continue
        said = _line(line, is_after_text=bool(words and words[-1].strip()))
        if said is not None:
            words.append(said)
    return words


def _with_code_kept(text: str, keep: Keep) -> str:
    """Return the text with what stands between equal runs of backticks kept as it is."""
    runs = [found.span() for found in _TICKS.finditer(text)]
    by_length: dict[int, list[int]] = {}
    for number in reversed(range(len(runs))):
        start, end = runs[number]
        by_length.setdefault(end - start, []).append(number)
    pieces: list[str] = []
    done = number = 0
    while number < len(runs):
        start, end = runs[number]
        alike = by_length[end - start]
        while alike and alike[-1] <= number:
            alike.pop()
        number += 1
        if alike:
            closing = alike[-1]
            pieces += [text[done:start], keep(text[end : runs[closing][0]].strip())]
            done, number = runs[closing][1], closing + 1
    return "".join(pieces) + text[done:]


def _line(line: str, *, is_after_text: bool) -> str | None:
    """Return a line's words; None when it only draws something."""
    line = _QUOTE.sub("", line, count=1) if _QUOTE.match(line) else line
    if _DEFINITION.match(line) or _RULE.fullmatch(line):
        return None
    if is_after_text and (_UNDERLINE.fullmatch(line) or _TABLE_RULE.fullmatch(line)):
        return None
    if heading := _HEADING.match(line):
        return _HEADING_END.sub("", line[heading.end() :])
    if bullet := _BULLET.match(line):
        line = line[bullet.end() :]
    cells = line.strip()
    if cells.startswith("|") and cells.endswith("|") and len(cells) > 1:
        return ", ".join(cell.strip() for cell in cells[1:-1].split("|"))
    return line[:-1] if line.endswith("\\") else line


def _without_emphasis(text: str) -> str:
    """Return the text without the asterisks, underscores and tildes that emphasise.

    One pass: a run that can open waits on a stack until one that can close takes its marks away.
    """
    runs = [[found.start(), found.end()] for found in _RUN.finditer(text)]
    gone = bytearray(len(text))
    open_runs: dict[str, list[list[int]]] = {"*": [], "_": [], "~": []}
    for start, end in runs:
        mark = text[start]
        opens, closes = _flanks(text, start, end)
        stack = open_runs[mark]
        while closes and start < end and stack:
            opener = stack[-1]
            taken = min(opener[1] - opener[0], end - start)
            gone[opener[1] - taken : opener[1]] = b"\1" * taken
            gone[start : start + taken] = b"\1" * taken
            opener[1] -= taken
            start += taken  # noqa: PLW2901 - the run shrinks from its beginning
            if opener[0] == opener[1]:
                stack.pop()
        if opens and start < end:
            stack.append([start, end])
    return "".join(character for character, is_gone in zip(text, gone, strict=True) if not is_gone)


def _flanks(text: str, start: int, end: int) -> tuple[bool, bool]:
    """Return whether a run of marks may open and may close emphasis, as CommonMark has it."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if text[start] == "*" and before.isdigit() and after.isdigit():
        # A product, not an emphasis.
        return False, False
    left = not after.isspace() and (not _is_mark(after) or before.isspace() or _is_mark(before))
    right = not before.isspace() and (not _is_mark(before) or after.isspace() or _is_mark(after))
    if text[start] == "_":
        return left and (not right or _is_mark(before)), right and (not left or _is_mark(after))
    return left, right


def _is_mark(character: str) -> bool:
    return not (character.isalnum() or character.isspace() or character in {_KEPT_START, _KEPT_END})
