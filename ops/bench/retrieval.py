"""Which library should find articles, how good and how fast is it, and what does a turn cost?

    python -m ops bench retrieval                        everything, on our labelled questions
    python -m ops bench retrieval --clinc data_full.json --sgd DIR
                                                         also on CLINC150 and Schema-Guided Dialogue
    python -m ops bench retrieval --fit                  fit the confidence's weights again

Times are CPU times of this process, so that a busy machine matters less; the best of some rounds
counts. Decision record 0004 quotes the figures. tantivy and scikit-learn take part when installed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from ops.bench import public_dialogues
from processors.assist import retrieval, words
from processors.assist.articles import ARTICLES, ArticleBase, load_articles
from processors.assist.retrieval import Document
from processors.conversation.processor import ConversationProcessor
from processors.conversation.transcript import WINDOW_MESSAGES, Utterance
from processors.machine import At
from schemas import codec
from schemas.records.conversation import ConversationOpened, RepresentativeAccepted, TurnSaid
from streams.runtime import ledger
from streams.stores.memory import MemoryStore

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "streams" / "demo" / "articles.json"
QUERIES = ROOT / "tests" / "rules" / "retrieval_queries.json"
SIZES = (43, 1_000, 10_000)
START_MS = 1_767_258_000_000

Ranking = list[tuple[int, float]]
Search = Callable[[list[str]], Ranking]


@dataclass(frozen=True)
class Question:
    """A window of messages, and the articles that fit it; none for small talk."""

    window: tuple[Utterance, ...]
    relevant: frozenset[str]


@dataclass(frozen=True)
class Engine:
    """A library under comparison: how it makes a search over documents of stems."""

    name: str
    build: Callable[[list[list[str]]], Search]


def questions(split: str) -> list[Question]:
    """Return our labelled questions of a split: `fit` or `held`."""
    listed = json.loads(QUERIES.read_text())["queries"]
    return [_question(one["messages"], one["relevant"]) for one in listed if one["split"] == split]


def _question(messages: Sequence[Sequence[str]], relevant: Sequence[str]) -> Question:
    window = tuple(Utterance(author, text) for author, text in messages[-WINDOW_MESSAGES:])
    return Question(window, frozenset(relevant))


# ------------------------------------------------------------------ engines


def _bm25s(documents: list[list[str]]) -> Search:
    ids = {stem: number for number, stem in enumerate(sorted({s for d in documents for s in d}))}
    index = bm25s.BM25(k1=retrieval.K1, b=retrieval.B, method="lucene")
    corpus = ([[ids[stem] for stem in one] for one in documents], dict(ids))
    index.index(corpus, create_empty_token=False, show_progress=False)

    def search(stems: list[str]) -> Ranking:
        known = [ids[stem] for stem in stems if stem in ids]
        if not known:
            return []
        scores = index.get_scores_from_ids(known)
        return [(place, float(scores[place])) for place in retrieval.highest(scores, 10)]

    return search


def _tantivy(documents: list[list[str]]) -> Search:
    tantivy = import_module("tantivy")
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="whitespace")
    builder.add_unsigned_field("place", stored=True)
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(30_000_000, 1)
    for place, stems in enumerate(documents):
        document = tantivy.Document()
        document.add_text("text", " ".join(stems))
        document.add_unsigned("place", place)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(stems: list[str]) -> Ranking:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", stem)) for stem in stems
        ]
        hits = searcher.search(tantivy.Query.boolean_query(terms), 10).hits
        return [(searcher.doc(address)["place"][0], score) for score, address in hits]

    return search


def _tfidf(documents: list[list[str]]) -> Search:
    text = import_module("sklearn.feature_extraction.text")
    vectorizer = text.TfidfVectorizer(analyzer=lambda stems: stems, sublinear_tf=True)
    matrix = vectorizer.fit_transform(documents).tocsr()

    def search(stems: list[str]) -> Ranking:
        scores = (matrix @ vectorizer.transform([stems]).T).toarray()[:, 0]
        return [(place, float(scores[place])) for place in retrieval.highest(scores, 10)]

    return search


ENGINES = (Engine("bm25s", _bm25s), Engine("tantivy", _tantivy), Engine("TF-IDF", _tfidf))


# ------------------------------------------------------------------ quality


def compare_quality(base: ArticleBase, sets: dict[str, list[Question]]) -> Iterator[str]:
    """Yield, per engine and set, how often the first and one of the first three fits."""
    documents = _documents()
    ids = [article.article_id for article in base.articles]
    for engine in ENGINES:
        search = _built(engine, documents)
        if search is None:
            yield f"{engine.name:10} not installed"
            continue
        for name, asked in sets.items():
            on_topic = [one for one in asked if one.relevant]
            found = [[ids[place] for place, _ in search(_stems(one))] for one in on_topic]
            pairs = list(zip(found, on_topic, strict=True))
            first = sum(bool(one and one[0] in asked.relevant) for one, asked in pairs)
            three = sum(bool(asked.relevant & set(one[:3])) for one, asked in pairs)
            share = f"first {first / len(pairs):.3f}  first three {three / len(pairs):.3f}"
            yield f"{engine.name:10} {name:12} {share}  of {len(pairs)}"


def confidence(base: ArticleBase, sets: dict[str, list[Question]]) -> Iterator[str]:
    """Yield what the confidence is worth: precision by band, recall, false alarms."""
    ids = [article.article_id for article in base.articles]
    for name, asked in sets.items():
        judged = [
            (ids[match.document] in one.relevant, match.score, number)
            for number, one in enumerate(asked)
            for match in base.index.search(one.window)
        ]
        bands = "  ".join(
            f"{low:.2f}-{high:.2f}: {_precision(judged, low, high)}"
            for low, high in ((0.65, 0.8), (0.8, 1.01), (0.65, 1.01))
        )
        hit = {number for fits, score, number in judged if fits and score >= 0.65}
        shown = {number for _, score, number in judged if score >= 0.65}
        on_topic = [number for number, one in enumerate(asked) if one.relevant]
        off_topic = [number for number, one in enumerate(asked) if not one.relevant]
        recall = _share(sum(number in hit for number in on_topic), len(on_topic))
        alarms = _share(sum(number in shown for number in off_topic), len(off_topic))
        yield f"{name:12} precision {bands}  recall {recall}  false alarms {alarms}"


def _precision(judged: list[tuple[bool, float, int]], low: float, high: float) -> str:
    band = [fits for fits, score, _ in judged if low <= score < high]
    return f"{_share(sum(band), len(band))} of {len(band)}"


def _share(count: int, whole: int) -> str:
    return f"{count / whole:.3f}" if whole else "-"


def fit(base: ArticleBase, sets: dict[str, list[Question]]) -> Iterator[str]:
    """Yield weights fitted by logistic regression on these sets, each counting the same."""
    features: list[list[float]] = []
    labels: list[bool] = []
    weights: list[float] = []
    for asked in sets.values():
        before = len(labels)
        for one in asked:
            for found in base.index.grounds(one.window):
                features.append([found.evidence, found.coverage, found.phrase])
                labels.append(base.articles[found.document].article_id in one.relevant)
        weights += [1_000 / (len(labels) - before)] * (len(labels) - before)
    model = import_module("sklearn.linear_model").LogisticRegression(C=10)
    model.fit(np.array(features), labels, sample_weight=weights)
    evidence, coverage, phrase = model.coef_[0]
    yield (
        f"evidence {evidence:.2f}  coverage {coverage:.2f}  phrase {phrase:.2f}  "
        f"bias {model.intercept_[0]:.2f}  fitted on {', '.join(sets)}"
    )


# ------------------------------------------------------------------ speed


def compare_speed(dialogues: list[list[tuple[Any, str]]], repeat: int) -> Iterator[str]:
    """Yield, per engine and size of the base, the time of one query and of building the index."""
    asked = questions("fit") + questions("held")
    stems = [_stems(one) for one in asked]
    short = [one.window for one in asked]
    long = [
        tuple(Utterance(author, text) for author, text in one[:WINDOW_MESSAGES])
        for one in dialogues
    ]
    for size in SIZES:
        documents = _synthetic(size)
        for engine in ENGINES:
            began = time.process_time()
            search = _built(engine, documents)
            built_s = time.process_time() - began
            if search is not None:
                each = _best_us(search, stems, repeat)
                took = f"{each:7.0f} µs/query  built in {built_s:.2f} s"
                yield f"{engine.name:10} {size:6} articles  {took}"
        whole = [Document(title="", keywords=(), body=" ".join(one)) for one in documents]
        index = retrieval.Index(whole)
        for name, windows in (("question", short), ("window", long)):
            each = _best_us(index.search, windows, repeat)
            took = f"{each:7.0f} µs/{name} of {_mean_stems(windows):.0f} stems, confidence and why"
            yield f"{'our search':10} {size:6} articles  {took}"


def _mean_stems(windows: Sequence[tuple[Utterance, ...]]) -> float:
    return sum(len(_stems(Question(one, frozenset()))) for one in windows) / len(windows)


def _best_us(search: Callable[[Any], Any], asked: Sequence[Any], repeat: int) -> float:
    """Return the time of one query in µs: the best of some rounds."""
    best = float("inf")
    for _ in range(repeat):
        began = time.process_time()
        for one in asked:
            search(one)
        best = min(best, time.process_time() - began)
    return best / len(asked) * 1e6


# ------------------------------------------------------------------ a turn


def turn_cost(
    base: ArticleBase, dialogues: list[list[tuple[Any, str]]], repeat: int
) -> Iterator[str]:
    """Yield the cost of a record from bytes to bytes, and the memory of an open conversation."""
    logs = [_log(number, dialogue) for number, dialogue in enumerate(dialogues)]
    processor = ConversationProcessor()
    for is_cached, name in ((True, "state in cache"), (False, "state from bytes")):
        best, records = float("inf"), 0
        for _ in range(repeat):
            began = time.process_time()
            records = sum(1 for _ in _handled(processor, base, logs, is_cached=is_cached))
            best = min(best, time.process_time() - began)
        each = best / records * 1e6
        yield f"{name:17} {each:5.0f} µs/record  {1e6 / each:7,.0f} records/s  of {records:,}"
    yield from _memory(processor, base, logs)


def _handled(
    processor: ConversationProcessor, base: ArticleBase, logs: list[list[bytes]], *, is_cached: bool
) -> Iterator[tuple[bytes, Any, bytes, Any]]:
    """Yield `(key, state, state's bytes, outcome)` of every record, the logs side by side."""
    states: dict[bytes, Any] = {}
    references = {ARTICLES: base}
    offset = 0
    for number in range(max(map(len, logs))):
        for log in logs:
            if number >= len(log):
                continue
            record = processor.decode(log[number], ())
            key = processor.key(record) or b""
            held = states.get(key)
            state = held if is_cached or held is None else processor.decode_state(held)
            cause = f"{processor.log}/0/{offset}"
            at = At(now_ms=START_MS + offset, cause=cause, references=references)
            outcome = processor.handle(state, record, at)
            offset += 1
            data = processor.encode_state(outcome.state)
            states[key] = outcome.state if is_cached else data
            for event in outcome.events:
                processor.encode_event(event)
            yield key, outcome.state, data, outcome


def _memory(
    processor: ConversationProcessor, base: ArticleBase, logs: list[list[bytes]]
) -> Iterator[str]:
    steps = list(_handled(processor, base, logs, is_cached=False))
    final = {key: data for key, _, data, _ in steps}
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    store = MemoryStore()
    for position, (key, _, data, outcome) in enumerate(steps):
        stamp = ledger.stamp(1, position)
        writes: list[tuple[bytes, bytes | None]] = [(ledger.state_key(key), stamp + data)]
        writes += [
            (ledger.row_key(row.table, row.key), None if row.value is None else stamp + row.value)
            for row in outcome.rows
        ]
        store.apply(0, writes, position)
    after, _ = tracemalloc.get_traced_memory()
    objects = [processor.decode_state(data) for data in final.values()]
    cached, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    count = len(objects)
    states = sum(map(len, final.values())) / count
    yield f"memory per open conversation: {(after - before) / count:,.0f} B of state and rows"
    yield f"  and {(cached - after) / count:,.0f} B more while its state is in the object cache"
    yield f"  its state on the wire {states:,.0f} B"


def _log(number: int, dialogue: list[tuple[Any, str]]) -> list[bytes]:
    common: dict[str, Any] = {
        "tenant": "demo",
        "conversation_id": f"c-{number:05}",
        "occurred_at_ms": START_MS,
        "recorded_at_ms": START_MS,
    }
    records: list[Any] = [
        ConversationOpened(**common, channel="live_chat", customer_name="Mia Keller"),
        RepresentativeAccepted(**common, representative_id="ann", ownership_epoch=1),
    ]
    records += [
        TurnSaid(**common, turn_id=f"t-{place}", author=author, text=text)
        for place, (author, text) in enumerate(dialogue[:12])
    ]
    return [codec.encode(record) for record in records]


def _own_dialogues(count: int) -> list[list[tuple[Any, str]]]:
    """Return dialogues of twelve turns made of our labelled questions and small talk."""
    chance = random.Random(7)
    asked = [one for one in questions("fit") + questions("held") if one.relevant]
    talk = [one for one in questions("fit") + questions("held") if not one.relevant]
    dialogues = []
    for number in range(count):
        said: list[tuple[Any, str]] = []
        for one in (asked[number % len(asked)], *chance.sample(talk, 8)):
            for utterance in one.window:
                said.append((utterance.author, utterance.text))
                if utterance.author == "customer":
                    said.append(("representative", "Thank you, let me look that up for you."))
        dialogues.append(said[:12])
    return dialogues


# ------------------------------------------------------------------ sameness


def sameness() -> Iterator[str]:
    """Yield the digest of every search in processes with different hash seeds."""
    for seed in ("0", "1", "31337"):
        done = subprocess.run(
            [sys.executable, "-m", "ops.bench.retrieval", "--digest"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        yield f"hash seed {seed:5}  {done.stdout.strip()}"


def _digest(base: ArticleBase) -> str:
    found = [base.index.search(one.window) for one in questions("fit") + questions("held")]
    return sha256(repr(found).encode()).hexdigest()


def _stems(asked: Question) -> list[str]:
    said = (stem for one in asked.window for stem, _ in words.words_of(one.text))
    return list(dict.fromkeys(said))


def _documents() -> list[list[str]]:
    listed = json.loads(DEMO.read_text())["articles"]
    return [
        retrieval.stems_of(
            Document(
                title=one["title"],
                keywords=tuple(one["keywords"]),
                body=f"{one['summary']}\n{one['content']}",
            )
        )
        for one in listed
        if one["status"] == "published"
    ]


def _synthetic(size: int) -> list[list[str]]:
    """Return the demo's documents, and as many mixtures of them as are missing."""
    documents = _documents()
    chance = random.Random(1)
    shared = sorted({stem for one in documents for stem in one})
    own = [f"w{number}" for number in range(size // 2 + 200)]
    models = list(documents)
    while len(documents) < size:
        model = chance.choice(models)
        mixed = chance.sample(model, min(60, len(model)))
        documents.append(mixed + chance.sample(shared, 20) + chance.choices(own, k=20))
    return documents[:size]


def _built(engine: Engine, documents: list[list[str]]) -> Search | None:
    try:
        return engine.build(documents)
    except ImportError:
        return None


def _sets(arguments: argparse.Namespace) -> dict[str, list[Question]]:
    sets = {"ours, fit": questions("fit"), "ours, held": questions("held")}
    if arguments.clinc:
        sets["CLINC150"] = [_question(*one) for one in public_dialogues.clinc(arguments.clinc)]
    if arguments.sgd:
        sets["SGD"] = [_question(*one) for one in public_dialogues.sgd(arguments.sgd)]
    return sets


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for, print it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--clinc", type=Path, help="CLINC150's data_full.json")
    parser.add_argument("--sgd", type=Path, help="folder with Schema-Guided Dialogue's dialogues")
    parser.add_argument("--fit", action="store_true", help="fit the weights and stop")
    parser.add_argument("--digest", action="store_true", help="print a digest and stop")
    parser.add_argument("--repeat", type=int, default=3, help="runs per timing; the best counts")
    arguments = parser.parse_args(argv)
    base = load_articles(DEMO.read_bytes())
    if arguments.digest:
        print(_digest(base))
        return 0
    sets = _sets(arguments)
    if arguments.fit:
        print(*fit(base, {name: sets[name] for name in sets if name != "ours, held"}), sep="\n")
        return 0
    turns = public_dialogues.turns(arguments.sgd, 400) if arguments.sgd else _own_dialogues(400)
    parts: list[tuple[str, Iterator[str]]] = [
        ("the right article, by engine", compare_quality(base, sets)),
        ("confidence", confidence(base, sets)),
        ("speed", compare_speed(turns[:100], arguments.repeat)),
        ("a record from bytes to bytes", turn_cost(base, turns, arguments.repeat)),
        ("the same in every process", sameness()),
    ]
    for title, lines in parts:
        print(f"\n{title}")
        for line in lines:
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
