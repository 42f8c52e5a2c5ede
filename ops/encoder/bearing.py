"""Train the weights that tell whether a customer's turn carries a wish.

    python -m ops.encoder.bearing --multidogo DIR --clinc data_full.json

Writes `processors/intents/bearing_weights.py` and prints F1 with each domain left out in turn. Only
features that occur in several sources are kept: they are what carries over to a domain never seen.
The texts are not part of the repository: MultiDoGO (Peskov et al. 2019, CDLA-Permissive 1.0) and
CLINC150 (Larson et al. 2019, CC BY 3.0). Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from processors.intents import bearing

PHRASES = Path(__file__).with_name("bearing_phrases.txt")
TARGET = Path(__file__).parents[2] / "processors" / "intents" / "bearing_weights.py"
NO_WISH = frozenset(
    ["openinggreeting", "closinggreeting", "contentonly", "thankyou", "confirmation", "rejection"]
)
"""MultiDoGO's labels of turns that carry no wish."""
UNCLEAR = frozenset({"outofdomain", ""})
"""Labels that say nothing either way: out of the domain there are wishes and chatter."""
SMALL_TALK = frozenset(["greeting", "goodbye", "thank_you", "yes", "no", "maybe"])
"""CLINC150's intents that are no wishes."""
_WORDS_OF_LEFT_OUT = """
    repeat are_you_a_bot what_is_your_name who_made_you where_are_you_from how_old_are_you
    what_are_your_hobbies do_you_have_pets who_do_you_work_for fun_fact tell_joke meaning_of_life
    flip_coin roll_dice cancel
"""
LEFT_OUT = frozenset(_WORDS_OF_LEFT_OUT.split())
"""CLINC150's intents that nobody brings to a contact centre."""
SCALE = 64
SOURCES_MIN = 3
TURNS_MIN = 6
C = 0.1
WISH_WEIGHT = 1.5
CLINC_WEIGHT = 0.3
PHRASE_WEIGHT = 10.0


@dataclass(frozen=True)
class Turn:
    """A labelled turn: its source, what was said, whether it carries a wish (None: unclear)."""

    source: str
    text: str
    bears: bool | None


@dataclass(frozen=True)
class Weights:
    """A trained model in integers."""

    bias: int
    of: dict[str, int]

    def score(self, text: str) -> int:
        """Return the log-odds times `SCALE`."""
        words = bearing.words_of(text)
        return self.bias + sum(self.of.get(one, 0) for one in bearing.features_of(words))


def multidogo(folder: Path) -> list[Turn]:
    """Return the distinct turns of every domain in the folder, damaged rows left out."""
    found: dict[tuple[str, str, bool | None], Turn] = {}
    for file in sorted(folder.glob("*/*.tsv")):
        for text, label in _rows(file):
            names = set(label.split("<div>"))
            bears = None if names & UNCLEAR else not names <= NO_WISH
            turn = Turn(file.parent.name, text, bears)
            found.setdefault((turn.source, text.lower().strip(), bears), turn)
    return list(found.values())


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n")[1:]:
        columns = line.split("\t")
        if len(columns) == 6 and columns[5][:1] not in {'"', " "}:
            yield columns[3], columns[5]


def clinc(file: Path, splits: Sequence[str]) -> list[Turn]:
    """Return turns of CLINC150."""
    data = json.loads(file.read_text(encoding="utf-8"))
    return [
        Turn("clinc", text, intent not in SMALL_TALK)
        for split in splits
        for text, intent in data[split]
        if intent not in LEFT_OUT
    ]


def phrases(file: Path = PHRASES) -> list[Turn]:
    """Return the turns we wrote."""
    lines = (line.partition(" ") for line in file.read_text(encoding="utf-8").splitlines())
    return [Turn("ours", text, sign == "+") for sign, _, text in lines if sign in {"+", "-"}]


def train(turns: list[Turn]) -> Weights:
    """Return the weights of a logistic regression on turns that are not unclear."""
    turns = [turn for turn in turns if turn.bears is not None]
    features = [bearing.features_of(bearing.words_of(turn.text)) for turn in turns]
    counts = Counter(one for each in features for one in each)
    sources: dict[str, set[str]] = {}
    for turn, each in zip(turns, features, strict=True):
        for one in each:
            sources.setdefault(one, set()).add(turn.source)
    needed = min(SOURCES_MIN, len({turn.source for turn in turns}))
    kept = sorted(
        one
        for one in counts
        if counts[one] >= TURNS_MIN and len(sources[one]) + ("ours" in sources[one]) >= needed
    )
    place = {one: number for number, one in enumerate(kept)}
    rows = [sorted(place[one] for one in each if one in place) for each in features]
    flat = [one for row in rows for one in row]
    starts = np.cumsum([0, *map(len, rows)])
    matrix = csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(rows), len(kept)))
    bears = np.array([turn.bears for turn in turns], dtype=bool)
    of_source = {"clinc": CLINC_WEIGHT, "ours": PHRASE_WEIGHT}
    weights = np.array([of_source.get(turn.source, 1.0) for turn in turns])
    weights *= np.where(bears, WISH_WEIGHT, 1.0)
    model = LogisticRegression(C=C, max_iter=1_000).fit(matrix, bears, sample_weight=weights)
    rounded = np.rint(model.coef_[0] * SCALE).astype(int)
    of = {one: int(weight) for one, weight in zip(kept, rounded, strict=True) if abs(weight) > 1}
    return Weights(round(float(model.intercept_[0]) * SCALE), of)


def f1(weights: Weights, turns: list[Turn]) -> tuple[float, float, float]:
    """Return F1, precision and recall on turns that are not unclear."""
    hits = found = wanted = 0
    for turn in turns:
        if turn.bears is not None:
            says = weights.score(turn.text) >= 0
            hits += says and turn.bears
            found += says
            wanted += turn.bears
    precision, recall = hits / max(found, 1), hits / max(wanted, 1)
    return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall


def left_out(turns: list[Turn], besides: list[Turn]) -> Iterator[tuple[str, list[float]]]:
    """Yield each domain with F1, precision, recall on it, trained on the others and `besides`.

    A fourth figure is F1 where unclear turns count as carrying no wish.
    """
    for domain in sorted({turn.source for turn in turns}):
        weights = train([turn for turn in turns if turn.source != domain] + besides)
        held = [turn for turn in turns if turn.source == domain]
        strict = [Turn(turn.source, turn.text, bool(turn.bears)) for turn in held]
        yield domain, [*f1(weights, held), f1(weights, strict)[0]]


def source_of(weights: Weights) -> str:
    """Return the module that holds the weights."""
    by_weight: dict[int, list[str]] = {}
    for feature, weight in sorted(weights.of.items()):
        by_weight.setdefault(weight, []).append(feature)
    lines: list[str] = []
    for weight in sorted(by_weight):
        line = ""
        for feature in by_weight[weight]:
            if line and len(line) + 1 + len(feature) > 100:
                lines.append(line)
                line = ""
            line = f"{line}|{feature}" if line else f"{weight} {feature}"
        lines.append(line)
    body = "\n".join(lines)
    return (
        '"""Weights of `bearing`, written by `python -m ops.encoder.bearing`; not for editing.\n\n'
        "Trained on MultiDoGO (CDLA-Permissive 1.0) and CLINC150 (CC BY 3.0). A line is a weight "
        "and the\nfeatures that have it; `^` and `$` are the turn's ends, `#` is any number.\n"
        '"""\n\nfrom __future__ import annotations\n\nfrom typing import Final\n\n'
        f"SCALE: Final = {SCALE}\n"
        '"""Weight of one unit of log-odds."""\n'
        f"BIAS: Final = {weights.bias}\n"
        f'WEIGHTS: Final = """\n{body}\n"""\n'
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Train, tell the figures, write the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--multidogo", type=Path, required=True, help="folder with a folder a domain"
    )
    parser.add_argument("--clinc", type=Path, required=True, help="CLINC150's data_full.json")
    parser.add_argument("--output", type=Path, default=TARGET, help="module to write")
    arguments = parser.parse_args(argv)
    turns = multidogo(arguments.multidogo)
    besides = clinc(arguments.clinc, ("train", "val")) + phrases()
    for domain, figures in left_out(turns, besides):
        print(f"{domain:12} left out: F1 {figures[0]:.3f}  with unclear as none {figures[3]:.3f}")
    weights = train(turns + besides)
    test = f1(weights, clinc(arguments.clinc, ("test",)))
    print(f"CLINC150 test: F1 {test[0]:.3f}  recall {test[2]:.3f}; {len(weights.of):,} features")
    arguments.output.write_text(source_of(weights), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
