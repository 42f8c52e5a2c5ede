"""The lantern shop's past: some hundred conversations, written by a small grammar.

Everything is chosen by hashes of its place, so that the same number gives the same conversation in
any run; only when it was follows from when the demo starts. All texts are written for this project.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final, Literal, NamedTuple

from schemas.records.conversation import ConversationEnded, ConversationOpened, TurnSaid

CONVERSATIONS: Final = 320
DAY_MS: Final = 86_400_000
DAYS: Final = 50
TURN_MS: Final = 40_000

Author = Literal["customer", "representative"]


class Ask(NamedTuple):
    """A question of a representative's: several ways to put it, how often of ten, the answers."""

    ways: tuple[str, ...]
    of_ten: int
    answers: tuple[str, ...]


class Wish(NamedTuple):
    """What some customers want: how often, how they say it, what they are asked and told."""

    name: str
    weight: int
    openings: tuple[str, ...]
    asks: tuple[Ask, ...]
    endings: tuple[str, ...]


class Past(NamedTuple):
    """One conversation of the past.

    Attributes:
        conversation_id: The same in every run.
        wish: What the customer wanted, for tests.
        records: From opened to ended.
    """

    conversation_id: str
    wish: str
    records: tuple[Any, ...]


_ORDER: Final = Ask(
    (
        "Could you give me the order number, please?",
        "What is the order number? It has five digits.",
        "May I have your order number?",
    ),
    9,
    (
        "it's {order}",
        "order number {order}",
        "{order}",
        "the number is {order}, I think",
        "sure, {order}",
    ),
)
_BOUGHT: Final = Ask(
    (
        "When did you buy it?",
        "What was the date of purchase?",
        "Can you tell me when you bought it?",
    ),
    8,
    ("I bought it on {date}", "on {date}", "that was {date}", "{date}, in your shop"),
)
_PRODUCT: Final = Ask(
    (
        "Which lamp is it?",
        "Which product is it about?",
        "Which of our lamps do you have?",
    ),
    7,
    ("the {product}", "it's the {product}", "the {product}, the {colour} one"),
)
_EMAIL: Final = Ask(
    (
        "Which e-mail address shall I send it to?",
        "What is your e-mail address?",
        "Where may I e-mail it?",
    ),
    8,
    ("{email}", "it's {email}", "{email}, that is my work address"),
)

WISHES: Final[tuple[Wish, ...]] = (
    Wish(
        "refund",
        6,
        (
            "I would like my money back",
            "how do I get a refund?",
            "I want to return it and get a refund",
            "can you refund me? the {product} is not what I expected",
            "please refund my return, I sent it back last week",
            "when do I get my money back for the lamp I returned?",
            "I don't like the {product}, I'd like a refund",
            "still waiting for my refund",
            "the refund has not reached my card yet",
            "I returned the {product}, when will you refund the price?",
            "could I have my money back please?",
            "you promised a refund and I have not got it",
        ),
        (
            _ORDER,
            _BOUGHT,
            Ask(
                (
                    "May I ask why you are returning it?",
                    "What is the reason for the return?",
                ),
                6,
                ("it's too bright for the room", "the {colour} does not fit", "I changed my mind"),
            ),
        ),
        (
            "I have started the refund. The money is back on your card within five days.",
            "Your refund is on its way. It takes up to five working days.",
        ),
    ),
    Wish(
        "damaged item",
        6,
        (
            "my {product} arrived broken",
            "the glass is smashed, it arrived like that",
            "the lamp came damaged, the {part} is cracked",
            "I unpacked it and the {part} was broken in pieces",
            "the parcel was crushed and the lamp inside is damaged",
            "the {part} of my new lamp is broken",
            "there is a crack in the {part}",
            "it was delivered with a broken {part}",
            "the {part} arrived cracked and damaged",
            "my order came with a damaged {part}",
            "everything in the box is smashed",
            "I got a broken lantern",
        ),
        (
            _ORDER,
            Ask(
                (
                    "Can you send me a photo of the damage?",
                    "Do you have a photo of the broken part?",
                    "Could you attach a picture of it?",
                ),
                8,
                ("yes, here is a photo", "no, I have no photo", "yes, I'm sending it now"),
            ),
            _PRODUCT,
        ),
        (
            "I am sorry about that. A new one leaves our warehouse today.",
            "We replace it. You need not send the broken one back.",
        ),
    ),
    Wish(
        "where is my order",
        7,
        (
            "where is my order?",
            "my parcel has not arrived yet",
            "I ordered two weeks ago and nothing came",
            "when will my parcel be delivered?",
            "can you track my delivery? it should be here by now",
            "the tracking has not moved for days, where is my parcel?",
            "still no sign of my delivery, where is it?",
            "has my order been shipped yet?",
            "my delivery is late, when does it arrive?",
            "I am still waiting for my parcel",
            "the carrier says delivered but no parcel arrived",
            "what is the status of my delivery?",
        ),
        (
            _ORDER,
            Ask(
                (
                    "What is the postcode of the delivery address?",
                    "Which postcode does it go to?",
                ),
                7,
                ("the postcode is {postcode}", "{postcode}", "it goes to {postcode}"),
            ),
        ),
        (
            "It is with the carrier and arrives within two days.",
            "Your parcel left our warehouse yesterday. It should be there tomorrow.",
        ),
    ),
    Wish(
        "change address",
        4,
        (
            "I need to change the delivery address of my order",
            "I moved, can you send it to my new address?",
            "please change the shipping address, I typed the wrong street",
            "the address on my order is wrong, can you correct it?",
            "can it go to another address?",
            "I entered my old address, how do I change it?",
            "update the delivery address for me please",
            "wrong house number in the address, please change it",
            "deliver it to my office address instead",
            "I gave you the wrong address",
        ),
        (
            _ORDER,
            Ask(
                (
                    "What is the new address?",
                    "Which address shall it go to?",
                    "Where should we deliver it instead?",
                ),
                10,
                (
                    "{street}, {postcode} {city}",
                    "it's {street}, {postcode} {city}",
                    "{street}, {city}",
                ),
            ),
        ),
        (
            "I have changed the address. You get a new confirmation by e-mail.",
            "Done, the parcel goes to the new address.",
        ),
    ),
    Wish(
        "cancel order",
        5,
        (
            "I want to cancel my order",
            "please cancel what I ordered this morning",
            "can I still cancel my order?",
            "cancel my order please, I ordered twice by mistake",
            "I ordered the wrong {product}, please cancel it",
            "how can I cancel an order that has not been sent?",
            "I'd like to cancel the order of the {product}",
            "stop my order, I want to cancel",
            "is it possible to cancel an order?",
            "I need to cancel one of my two orders",
        ),
        (
            _ORDER,
            Ask(
                (
                    "Is there a reason for the cancellation?",
                    "May I ask why you want to cancel?",
                ),
                6,
                ("I ordered it twice", "it takes too long", "I found it in a shop nearby"),
            ),
        ),
        (
            "The order is cancelled, nothing will be charged.",
            "I have cancelled it. You get a confirmation by e-mail.",
        ),
    ),
    Wish(
        "warranty",
        5,
        (
            "my lamp stopped working, is it still under warranty?",
            "it does not turn on any more, do I have a guarantee?",
            "is there a warranty on the {product}?",
            "after a year the light flickers, does the warranty cover that?",
            "I want to claim the warranty for my {product}",
            "how long is the guarantee?",
            "the switch is dead, can it be repaired under warranty?",
            "does the guarantee cover a dead battery?",
            "it flickers and the warranty is not over yet",
            "how do I make a warranty claim?",
            "I need a repair under the two year guarantee",
        ),
        (
            _PRODUCT,
            _BOUGHT,
            Ask(
                (
                    "What is the serial number? It is under the base.",
                    "Could you read me the serial number on the label?",
                ),
                7,
                ("the serial number is {serial}", "{serial}", "it says {serial}"),
            ),
        ),
        (
            "It is covered. I have sent you a label for the repair.",
            "The warranty is two years, so we repair it for free.",
        ),
    ),
    Wish(
        "invoice copy",
        4,
        (
            "I need a copy of my invoice",
            "can you send me the invoice again?",
            "I lost the invoice, can I get a copy?",
            "my accountant needs an invoice with our company name",
            "please e-mail me the invoice for my last order",
            "there was no invoice in the parcel, could you send one?",
            "where can I download the invoice of my order?",
            "I need an invoice for tax reasons",
            "could I have a copy of the bill as an invoice?",
            "the invoice shows the wrong company, send a new one",
        ),
        (
            _ORDER,
            _EMAIL,
            Ask(
                (
                    "Which company name shall be on it?",
                    "Shall it be made out to a company?",
                ),
                4,
                ("{company}", "yes, {company}", "no company, just my name"),
            ),
        ),
        (
            "The invoice is in your inbox now.",
            "I have just sent it as a PDF.",
        ),
    ),
    Wish(
        "opening hours",
        4,
        (
            "when is your shop in {city} open?",
            "what are your opening hours?",
            "are you open on {day}?",
            "until what time is the {city} shop open on {day}?",
            "do you open on public holidays?",
            "what time does the shop close on {day}?",
            "is the store in {city} open on {day}?",
            "how late is the shop open?",
            "at what time do you open in the morning?",
            "opening hours of the {city} store please?",
        ),
        (
            Ask(
                (
                    "Which of our shops do you mean?",
                    "Which shop would you like to visit?",
                ),
                8,
                ("the one in {city}", "{city}", "the shop in {city}"),
            ),
            Ask(
                ("On which day would you like to come?", "Which day are you coming?"),
                5,
                ("on {day}", "{day} afternoon", "maybe {day}"),
            ),
        ),
        (
            "That shop is open from ten to seven, on Saturdays until four.",
            "We are open from ten to seven; on Sundays all our shops are closed.",
        ),
    ),
)

_SLOTS: Final[dict[str, tuple[str, ...]]] = {
    "product": (
        "brass lantern",
        "garden lantern",
        "table lamp",
        "reading lamp",
        "paper lantern",
        "floor lamp",
        "camping lantern",
        "wall light",
        "bedside lamp",
    ),
    "part": ("glass shade", "base", "handle", "switch", "lid", "frame"),
    "colour": ("green", "black", "copper", "white", "blue"),
    "city": ("Hamburg", "Leeds", "Lyon", "Porto"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "street": ("12 Harbour Road", "7 Mill Lane", "31 Station Street", "4 Orchard Close"),
    "company": ("Northlight Ltd", "Bergmann GmbH", "Studio Faro", "Oak & Ember"),
}
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NAMES: Final = (
    ("Nora", "Lind"),
    ("Omar", "Said"),
    ("Ines", "Costa"),
    ("Paul", "Meyer"),
    ("Yuki", "Mori"),
    ("Tess", "Walker"),
    ("Igor", "Novak"),
    ("Lena", "Berg"),
    ("Sam", "Osei"),
    ("Ruth", "Adler"),
)
_STAFF: Final = (("rosa", "Rosa Weiss"), ("tim", "Tim Hale"), ("hana", "Hana Sato"))
_GREETINGS: Final = ("hi", "hello", "good morning", "hello there", "hi, I have a question")
_WELCOMES: Final = (
    "Hello {first}, this is {staff}. I am glad to help.",
    "Good day {first}, you are speaking with {staff}.",
    "Hi {first}, {staff} here, let me see what I can do.",
)
_THANKS: Final = (
    "thank you",
    "great, thanks a lot",
    "perfect, bye",
    "ok thanks",
    "thanks, that helps",
)
_GOODBYES: Final = (
    "You are welcome. Have a nice day!",
    "With pleasure. Goodbye!",
    "Gladly. Enjoy your evening!",
)


def past(now_ms: int, count: int = CONVERSATIONS, *, tenant: str = "demo") -> Iterator[Past]:
    """Yield conversations that were over before `now_ms`, oldest first.

    Args:
        now_ms: When the demo starts, epoch ms.
        count: How many; the first of more are the same.
        tenant: Whose they are.
    """
    for number in range(count):
        at_ms = now_ms - DAYS * DAY_MS + (number + 1) * (DAYS - 1) * DAY_MS // max(count, 1)
        yield _Writing(number, at_ms, tenant).written()


def last_id(count: int = CONVERSATIONS) -> str:
    """Return the id of the last conversation."""
    return _id_of(count - 1)


class _Writing:
    """One conversation in the making."""

    def __init__(self, number: int, at_ms: int, tenant: str) -> None:
        self._number, self._at_ms = number, at_ms
        self._first, last = self._pick("name", _NAMES)
        self._staff_id, self._staff = self._pick("staff", _STAFF)
        self._customer = f"{self._first} {last}"
        self._slots = {name: self._pick(name, values) for name, values in _SLOTS.items()}
        self._slots |= {
            "order": str(10_000 + self._draw("order", 89_999)),
            "postcode": str(20_000 + self._draw("postcode", 69_999)),
            "serial": f"LS-{1_000 + self._draw('serial', 8_999)}-{self._draw('serial2', 99):02}",
            "email": f"{self._first}.{last}@example.com".lower(),
            "date": f"{self._draw('date', 28) + 1} {self._pick('month', _MONTHS)}",
            "first": self._first,
            "staff": self._staff.partition(" ")[0],
        }
        self._about: dict[str, Any] = {"tenant": tenant, "conversation_id": _id_of(number)}
        self._records: list[Any] = []
        self._turns = 0

    def written(self) -> Past:
        """Return the conversation."""
        wish = self._pick("wish", [one for one in WISHES for _ in range(one.weight)])
        self._records.append(
            ConversationOpened(
                **self._about,
                occurred_at_ms=self._at_ms,
                channel="live_chat",
                customer_id=self._slots["email"],
                customer_name=self._customer,
                locale="en",
            )
        )
        if self._draw("greets", 10) < 3:
            self._say("customer", "greeting", _GREETINGS)
            self._say("representative", "welcome", _WELCOMES)
            self._open(wish)
        else:
            self._open(wish)
            self._say("representative", "welcome", _WELCOMES)
        for place, ask in enumerate(wish.asks):
            if self._draw(f"asks{place}", 10) < ask.of_ten:
                self._say("representative", f"ask{place}", ask.ways)
                self._say("customer", f"answer{place}", ask.answers)
        self._say("representative", "ending", wish.endings)
        self._say("customer", "thanks", _THANKS)
        self._say("representative", "goodbye", _GOODBYES)
        self._records.append(
            ConversationEnded(
                **self._about,
                occurred_at_ms=self._at_ms,
                reason="solved",
                ended_by=self._staff_id,
            )
        )
        return Past(self._about["conversation_id"], wish.name, tuple(self._records))

    def _open(self, wish: Wish) -> None:
        text = self._pick("opening", wish.openings)
        match self._draw("manner", 6):
            case 0:
                text = f"hi, {text}"
            case 1:
                text = text[:1].upper() + text[1:]
            case 2:
                text = f"{text} thanks"
            case _:
                pass
        self._say("customer", "manner", (text,))

    def _say(self, author: Author, place: str, ways: Sequence[str]) -> None:
        self._turns += 1
        self._at_ms += TURN_MS
        is_customer = author == "customer"
        self._records.append(
            TurnSaid(
                **self._about,
                occurred_at_ms=self._at_ms,
                turn_id=f"t{self._turns}",
                author=author,
                author_id=self._slots["email"] if is_customer else self._staff_id,
                author_name=self._customer if is_customer else self._staff,
                text=self._pick(place, ways).format(**self._slots),
                channel="live_chat",
                locale="en",
            )
        )

    def _pick(self, place: str, values: Sequence[Any]) -> Any:
        return values[self._draw(place, len(values))]

    def _draw(self, place: str, below: int) -> int:
        digest = blake2b(f"{self._number}/{place}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % below


def _id_of(number: int) -> str:
    return f"past-{number + 1:03}"
