"""How good, how steady and how quick is the miner?

    python -m ops bench mining --clinc data_full.json --multidogo DIR
    python -m ops bench mining --clinc … --multidogo … --embeddings DIR     base and extra
    python -m ops bench mining --clinc … --multidogo … --scale 10000,100000,1000000
    … --json ops/bench/results/mining.json

Data sets stay outside: CLINC150 (Larson et al. 2019, CC BY 3.0), MultiDoGO (Peskov et al. 2019,
CDLA-Permissive-1.0). The number of intents is never given to the miner.

- ACC: share on the right intent after matching clusters to intents one to one (Kuhn 1955); NMI with
  arithmetic mean; ARI; purity.
- label: the mined name lies among the three nearest gold names, by the encoder's cosine, of the
  intent that most of a cluster has.
- retention: utterances that a library takes keep their intent's id in the library that comes of
  mining again while holding on to it.
- scale: CPU seconds and peak memory of a process that reads a file and mines it (start, imports and
  reading included); beside it scikit-learn's TF-IDF, truncated SVD and mini-batch k-means on the
  same file in the same run, which names nothing and knows no number of clusters.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from processors.intents.encoder import Encoder, Vectors
from processors.intents.library import LibraryContent
from processors.intents.loading import Library
from processors.miner.encoding import base_encoder
from processors.miner.history import HistoryTurn
from processors.miner.mined import Granularity, Mined, Options
from processors.miner.mining import mine
from processors.miner.proposal import proposed_library
from processors.miner.training import train

ROOT: Final = Path(__file__).parents[2]
GRANULARITIES: Final[tuple[Granularity, ...]] = ("low", "medium", "high")
_ACTS: Final = """
    contentonly confirmation rejection openinggreeting closinggreeting thankyou outofdomain
"""
ACTS: Final = frozenset(_ACTS.split())
"""What MultiDoGO labels that is no wish."""
TEST_INTENTS_KNOWN: Final = 110
PEER_DIMS: Final = 100
PEER_CLUSTERS: Final = 200

Labelled = tuple[str, str]
Figures = dict[str, Any]


# ------------------------------------------------------------------ data


def clinc(path: Path, split: str) -> list[Labelled]:
    """Return the in-scope utterances of a split of CLINC150."""
    return [(text, intent) for text, intent in json.loads(path.read_text())[split]]


def multidogo(folder: Path) -> list[Labelled]:
    """Return the different customer turns of a domain that carry exactly one wish."""
    found: dict[str, str] = {}
    for split in ("train", "dev", "test"):
        lines = (folder / f"{split}.tsv").read_text(encoding="utf-8").splitlines()[1:]
        for line in lines:
            cells = line.split("\t")
            if len(cells) == 6 and cells[5] not in ACTS and "<div>" not in cells[5]:
                found.setdefault(cells[3], cells[5])
    return list(found.items())


class Remembering:
    """An encoder that encodes no text twice; for measuring several granularities."""

    def __init__(self, encoder: Encoder) -> None:
        self.fingerprint, self.dims = encoder.fingerprint, encoder.dims
        self._encoder = encoder
        self._known: dict[str, Any] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known.update(zip(new, self._encoder.encode(new), strict=True))
        if not texts:
            return np.zeros((0, self.dims), np.float32)
        return np.stack([self._known[text] for text in texts])


# ------------------------------------------------------------------ quality


def scores(gold: Sequence[str], found: Sequence[str | None]) -> Figures:
    """Return how well clusters fit gold intents."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415
    from sklearn.metrics import (  # noqa: PLC0415
        adjusted_rand_score,
        normalized_mutual_info_score,
    )

    rows = np.unique(np.array(gold), return_inverse=True)[1]
    columns = np.unique(np.array([str(one) for one in found]), return_inverse=True)[1]
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    matched = table[linear_sum_assignment(-table)].sum()
    return {
        "acc": round(100 * float(matched) / len(gold), 1),
        "nmi": round(100 * float(normalized_mutual_info_score(rows, columns)), 1),
        "ari": round(100 * float(adjusted_rand_score(rows, columns)), 1),
        "purity": round(100 * float(table.max(axis=0).sum()) / len(gold), 1),
        "clusters": int(table.shape[1]),
        "intents": int(table.shape[0]),
    }


def utterances(pairs: Sequence[Labelled], prefix: str = "") -> list[HistoryTurn]:
    """Return bare utterances whose ids are their places."""
    return [HistoryTurn(f"{prefix}{at}", text) for at, (text, _) in enumerate(pairs)]


def clustering(pairs: Sequence[Labelled], encoder: Encoder | None) -> tuple[Figures, Mined]:
    """Return the figures of each granularity and of the sub-intents, and the medium result."""
    gold = [intent for _, intent in pairs]
    figures: Figures = {}
    kept: Mined | None = None
    for granularity in GRANULARITIES:
        began_s = time.process_time()
        options = Options(takes_all=True, granularity=granularity)
        mined = mine(utterances(pairs), options, encoder=encoder)
        figures[granularity] = scores(gold, [one.intent_id for one in mined.assigned])
        if granularity == "medium":
            kept = mined
            figures["cpu_s"] = round(time.process_time() - began_s, 2)
            figures["fine"] = scores(gold, [one.sub_id for one in mined.assigned])
    assert kept is not None
    return figures, kept


def labels(pairs: Sequence[Labelled], mined: Mined, judge: Encoder) -> Figures:
    """Return how often a mined name lies nearest to the right gold name."""
    gold = sorted({intent for _, intent in pairs})
    names = judge.encode([_spoken(intent) for intent in gold])
    owner = {one.turn_id: one.intent_id for one in mined.assigned}
    held: dict[str, Counter[str]] = {}
    for at, (_, intent) in enumerate(pairs):
        held.setdefault(str(owner[str(at)]), Counter())[intent] += 1
    first = three = 0
    for one in mined.intents:
        right = held[one.intent_id].most_common(1)[0][0]
        order = np.argsort(-(names @ judge.encode([one.name])[0]), kind="stable")[:3]
        near = [gold[place] for place in order.tolist()]
        first += near[0] == right
        three += right in near
    total = len(mined.intents)
    return {"top_1": round(first / total, 3), "top_3": round(three / total, 3), "intents": total}


def _spoken(name: str) -> str:
    return re.sub(r"intent$", "", name.replace("_", " "))


# ------------------------------------------------------------------ mining again


def retention(pairs: Sequence[Labelled], test: Sequence[Labelled], encoder: Any) -> Figures:
    """Return how many utterances keep their intent's id when the library is mined again.

    `part`: the first library comes of 5,000 utterances of 110 intents, the second of 5,000 others
    of all; `halves`: of two disjoint halves of everything.
    """
    ordered = sorted(pairs, key=lambda pair: sha256(pair[0].encode()).digest())
    names = sorted({intent for _, intent in pairs}, key=lambda name: sha256(name.encode()).digest())
    old = set(names[:TEST_INTENTS_KNOWN])
    first = [pair for pair in ordered if pair[1] in old][:5_000]
    taken = {text for text, _ in first}
    second = [pair for pair in ordered if pair[0] not in taken][:5_000]
    half = len(ordered) // 2
    return {
        "part": _again(first, second, [text for text, name in test if name in old], encoder),
        "halves": _again(ordered[:half], ordered[half:], [text for text, _ in test], encoder),
    }


def _again(
    first: Sequence[Labelled], second: Sequence[Labelled], test: Sequence[str], encoder: Any
) -> Figures:
    options = Options(takes_all=True)
    before = proposed_library(mine(utterances(first, "a"), options, encoder=encoder))
    mined = mine(utterances(second, "b"), options, library=before, encoder=encoder)
    after = proposed_library(mined, before)
    once, twice = _detected(before, test, encoder), _detected(after, test, encoder)
    both = [(one, two) for one, two in zip(once, twice, strict=True) if one is not None]
    texts = [text for text, _ in second]
    found = [one.intent_id for one in mined.assigned]
    known = _detected(before, texts, encoder)
    mined_both = [(one, two) for one, two in zip(known, found, strict=True) if one is not None]
    return {
        "test_utterances_keep_id": _share(both),
        "mined_utterances_keep_id": _share(mined_both),
        "taken_by_first": round(len(both) / len(test), 3),
        "intents_before": len(before.intents),
        "intents_after": len(after.intents),
        "ids_kept": round(
            len({one.intent_id for one in before.intents} & {o.intent_id for o in after.intents})
            / max(len(before.intents), 1),
            3,
        ),
    }


def _detected(content: LibraryContent, texts: Sequence[str], encoder: Any) -> list[str | None]:
    library = Library(train(content, encoder=encoder).content, "", encoder)
    return [one.intent_id if one.outcome == "intent" else None for one in library.detect(texts)]


def _share(pairs: Sequence[tuple[Any, Any]]) -> float:
    kept = sum(bool(one == two) for one, two in pairs)
    return round(kept / max(len(pairs), 1), 4)


# ------------------------------------------------------------------ scale


def generated(texts: Sequence[str], count: int, path: Path) -> None:
    """Write `count` turns: the texts, then copies of them, two of three with words changed."""
    chance = random.Random(1)
    base = list(dict.fromkeys(text for text in texts if text.split()))
    words = sorted({word for text in base for word in text.split()})
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            text = base[number] if number < len(base) else chance.choice(base)
            if number >= len(base) and chance.random() < 0.65:
                text = _noisy(text.split(), words, chance)
            file.write(json.dumps({"id": f"u-{number}", "text": text}) + "\n")


def _noisy(said: list[str], words: Sequence[str], chance: random.Random) -> str:
    for _ in range(1 + (chance.random() < 0.3)):
        place, what = chance.randrange(len(said)), chance.random()
        if what < 0.35 and len(said) > 1:
            del said[place]
        elif what < 0.7:
            said.insert(place, chance.choice(words))
        else:
            said[place] = chance.choice(words)
    return " ".join(said)


def scale(texts: Sequence[str], counts: Sequence[int]) -> Iterator[Figures]:
    """Yield time and memory of ours and of the peer at each size."""
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            path = Path(folder) / f"{count}.jsonl"
            generated(texts, count, path)
            ours, peer = _child("ours", path), _child("peer", path)
            yield {
                "turns": count,
                "ours": ours,
                "peer": peer,
                "cpu_ratio": round(ours["cpu_s"] / peer["cpu_s"], 2),
                "memory_ratio": round(ours["peak_mb"] / peer["peak_mb"], 2),
            }
            path.unlink()


def _child(which: str, path: Path) -> Figures:
    """Run one side in a process of its own, on one thread."""
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ops", "bench", "mining", "--child", which, str(path)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    figures: Figures = json.loads(done.stdout)
    return {**figures, "wall_s": round(time.monotonic() - began_s, 1)}


def _ours(path: Path) -> int:
    from streams.mining.reading import Turns  # noqa: PLC0415

    mined = mine(Turns(path), Options(takes_all=True))
    return len(mined.intents)


def _peer(path: Path) -> int:
    from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.preprocessing import normalize  # noqa: PLC0415

    with path.open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    weighted = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2)).fit_transform(texts)
    vectors = normalize(TruncatedSVD(PEER_DIMS, random_state=0).fit_transform(weighted))
    peer = MiniBatchKMeans(PEER_CLUSTERS, random_state=0, n_init=3, batch_size=4_096)
    return len(np.unique(peer.fit_predict(vectors)))


def _measured(work: Callable[[Path], int], path: Path) -> None:
    """Print what the work took, as JSON."""
    clusters = work(path)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "cpu_s": round(used.ru_utime + used.ru_stime, 1),
                "peak_mb": _peak_mb(),
                "clusters": clusters,
            }
        )
    )


def _peak_mb() -> int:
    """Return this process's peak memory; `ru_maxrss` would count what it was forked from."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line for line in lines if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 1_024)


# ------------------------------------------------------------------ all of it


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for, print it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--clinc", type=Path, help="CLINC150's data_full.json")
    parser.add_argument("--multidogo", type=Path, help="folder of MultiDoGO's domains")
    parser.add_argument("--embeddings", type=Path, help="folder of the extra's encoder")
    parser.add_argument("--scale", default="", help="sizes, e.g. 10000,100000,1000000")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--child", nargs=2, metavar=("WHICH", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.child:
        which, path = arguments.child
        _measured({"ours": _ours, "peer": _peer}[which], Path(path))
        return 0
    if not arguments.clinc and not arguments.multidogo:
        parser.error("name data to mine: --clinc, --multidogo")
    figures: Figures = {"base": _quality(arguments, None)}
    if arguments.embeddings:
        from streams.intents.onnx_encoder import OnnxEncoder  # noqa: PLC0415

        figures["extra"] = _quality(arguments, Remembering(OnnxEncoder(arguments.embeddings)))
    if arguments.scale:
        texts = [text for pairs in _sets(arguments).values() for text, _ in pairs]
        if arguments.clinc:
            texts += [text for text, _ in clinc(arguments.clinc, "train")]
        figures["scale"] = []
        for one in scale(texts, [int(count) for count in arguments.scale.split(",")]):
            figures["scale"].append(one)
            print(f"scale {one}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def _sets(arguments: argparse.Namespace) -> dict[str, list[Labelled]]:
    sets: dict[str, list[Labelled]] = {}
    if arguments.clinc:
        sets["clinc150 test"] = clinc(arguments.clinc, "test")
    if arguments.multidogo:
        for folder in sorted(one for one in arguments.multidogo.iterdir() if one.is_dir()):
            sets[f"multidogo {folder.name}"] = multidogo(folder)
    return sets


def _quality(arguments: argparse.Namespace, encoder: Any) -> Figures:
    """Return the figures of one encoder, printed as they come."""
    name = "extra" if encoder else "base"
    found: Figures = {}
    merged: list[Figures] = []
    for title, pairs in _sets(arguments).items():
        figures, mined = clustering(pairs, encoder)
        judge = encoder or base_encoder([*(text for text, _ in pairs), *_names(pairs)])
        figures["label"] = labels(pairs, mined, judge)
        found[title] = figures
        if title.startswith("multidogo"):
            merged.append(figures["medium"])
        for part, values in figures.items():
            print(f"{name} {title}: {part} {values}", flush=True)
    if merged:
        means = {key: round(sum(one[key] for one in merged) / len(merged), 1) for key in merged[0]}
        found["multidogo mean, medium"] = means
        print(f"{name} multidogo mean, medium: {means}", flush=True)
    if arguments.clinc:
        train_set, test_set = clinc(arguments.clinc, "train"), clinc(arguments.clinc, "test")
        found["retention"] = retention(train_set, test_set, encoder)
        print(f"{name} retention: {found['retention']}", flush=True)
    return found


def _names(pairs: Sequence[Labelled]) -> list[str]:
    return sorted({_spoken(intent) for _, intent in pairs})


if __name__ == "__main__":
    raise SystemExit(main())
