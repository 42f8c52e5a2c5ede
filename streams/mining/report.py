"""What was mined as one HTML page: figures, a map, how often, how alike, and every intent.

The page needs nothing else: pictures are SVG inside it, there is no script, and a content policy
forbids anything from outside. Text of customers is escaped everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from processors.miner.mined import Mined, MinedIntent

BARS_MAX: Final = 40
LABELS_MAX: Final = 60
SUBS_SHOWN: Final = 12
REPLIES_SHOWN: Final = 5
TREE_MAX: Final = 200

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2530;--dim:#5d6b7a;--paper:#fff;--card:#f5f7f9;
--line:#d8dfe6}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--dim:#9aa8b6;--paper:#12181f;--card:#1b232c;
--line:#33404d}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}main{max-width:1100px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 8px}h3{font-size:16px;margin:0}
p{margin:4px 0}.dim{color:var(--dim)}.figures{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}
.figure{background:var(--card);border-radius:8px;padding:10px 16px}.figure b{display:block;
font-size:22px}svg{width:100%;height:auto;background:var(--card);border-radius:8px}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .dim{fill:var(--dim)}
details{border:1px solid var(--line);border-radius:8px;margin:8px 0;padding:10px 14px}
summary{cursor:pointer;display:flex;gap:10px;align-items:baseline;flex-wrap:wrap}
.badge{border-radius:10px;padding:1px 9px;font-size:12px;background:var(--line)}
.dot{width:11px;height:11px;border-radius:50%;align-self:center}ul{margin:6px 0;padding-left:20px}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(260px,1fr));gap:4px 28px}
h4{margin:12px 0 2px;font-size:13px;color:var(--dim);text-transform:uppercase;letter-spacing:.04em}
"""


def page(mined: Mined, *, title: str) -> str:
    """Return the page.

    Args:
        mined: The result.
        title: What was mined, e.g. the name of the file.
    """
    colours = {one.intent_id: _colour(at) for at, one in enumerate(mined.intents)}
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        "<meta http-equiv=Content-Security-Policy "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        "<meta name=viewport content='width=device-width,initial-scale=1'>",
        f"<title>Intents in {escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>What customers want</h1><p class=dim>Mined from {escape(title)}</p>",
        *_figures(mined),
    ]
    if mined.intents:
        parts += [
            "<h2>Map</h2><p class=dim>Every circle is a sub-intent, its size how often it was "
            "said; what lies near is alike; one colour is one intent.</p>",
            *_map(mined, colours),
            "<h2>How often</h2>",
            *_bars(mined.intents, colours),
            "<h2>How alike</h2><p class=dim>Where two branches meet, that is how far apart they "
            "are. The line is the cut that made these intents.</p>",
            *_tree(mined, colours),
            "<h2>Intents</h2>",
        ]
        parts += [_intent(one, colours[one.intent_id]) for one in mined.intents]
    else:
        parts.append("<p>No intents: nothing was said often enough, or nothing carried a wish.</p>")
    parts.append("</main></body></html>\n")
    return "\n".join(parts)


def _figures(mined: Mined) -> Iterator[str]:
    seen = mined.figures
    changes: list[str] = [one.change for one in mined.intents]
    shown = [
        ("intents", len(mined.intents)),
        ("sub-intents", seen.clusters),
        ("turns", seen.turns),
        ("conversations", seen.conversations),
        ("turns with a wish", seen.bearing),
        ("different texts", seen.distinct),
    ]
    if set(changes) - {"new"}:
        names = ("new", "known", "merged", "split", "retired")
        shown += [(name, changes.count(name)) for name in names if changes.count(name)]
    yield "<div class=figures>"
    for name, value in shown:
        yield f"<div class=figure><b>{value:,}</b>{name}</div>"
    yield "</div>"


def _colour(number: int) -> str:
    """Return a colour that differs from those of the numbers before: steps of the golden angle."""
    return f"hsl({number * 137.508 % 360:.0f} 62% {(46, 56, 66)[number % 3]}%)"


def _map(mined: Mined, colours: dict[str, str]) -> Iterator[str]:
    width, height, margin = 1_000, 640, 60
    subs = [(sub, one) for one in mined.intents for sub in one.sub_intents]
    most = max((sub.count for sub, _ in subs), default=1)
    widest = max((abs(sub.x) for sub, _ in subs), default=1.0) or 1.0
    highest = max((abs(sub.y) for sub, _ in subs), default=1.0) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across = width / 2 + x / widest * (width / 2 - margin)
        return across, height / 2 - y / highest * (height / 2 - margin)

    yield f"<svg viewBox='0 0 {width} {height}' role=img aria-label='map of sub-intents'>"
    for sub, one in sorted(subs, key=lambda pair: (-pair[0].count, pair[0].sub_id)):
        across, down = place(sub.x, sub.y)
        radius = 4 + 26 * (sub.count / most) ** 0.5
        yield (
            f"<circle cx='{across:.1f}' cy='{down:.1f}' r='{radius:.1f}' "
            f"fill='{colours[one.intent_id]}' fill-opacity='.62'>"
            f"<title>{escape(sub.name)}: {sub.count:,} turns, in {escape(one.name)}</title>"
            "</circle>"
        )
    taken: list[tuple[float, float, float]] = []
    for one in mined.intents:
        name = _short(one.name, 28)
        across, down = place(one.x, one.y)
        reach = 3.4 * len(name)
        is_free = all(
            abs(down - other_down) > 15 or abs(across - other) > reach + other_reach
            for other, other_down, other_reach in taken
        )
        if one.sub_intents and is_free and len(taken) < LABELS_MAX:
            taken.append((across, down, reach))
            yield (
                f"<text x='{across:.1f}' y='{down + 4:.1f}' text-anchor=middle>"
                f"{escape(name)}</text>"
            )
    yield "</svg>"


def _bars(intents: Sequence[MinedIntent], colours: dict[str, str]) -> Iterator[str]:
    shown = [one for one in intents if one.count][:BARS_MAX]
    most = max((one.count for one in shown), default=1)
    height = 22 * len(shown) + 12
    yield f"<svg viewBox='0 0 1000 {height}' role=img aria-label='turns of each intent'>"
    for at, one in enumerate(shown):
        down = 8 + 22 * at
        length = 600 * one.count / most
        yield (
            f"<text x='270' y='{down + 13}' text-anchor=end>{escape(_short(one.name, 38))}</text>"
            f"<rect x='280' y='{down}' width='{length:.1f}' height='17' rx='3' "
            f"fill='{colours[one.intent_id]}'/>"
            f"<text class=dim x='{288 + length:.1f}' y='{down + 13}'>{one.count:,}</text>"
        )
    yield "</svg>"
    left = sum(1 for one in intents if one.count) - len(shown)
    if left > 0:
        yield f"<p class=dim>and {left:,} more</p>"


def _tree(mined: Mined, colours: dict[str, str]) -> Iterator[str]:
    """Draw the merge tree, cut line and all; sub-intents are named when there is room."""
    count = len(mined.leaves)
    if not 2 <= count <= TREE_MAX:
        yield f"<p class=dim>{count:,} sub-intents: not drawn.</p>"
        return
    owner = {sub.sub_id: one for one in mined.intents for sub in one.sub_intents}
    name = {sub.sub_id: sub.name for one in mined.intents for sub in one.sub_intents}
    order = _order(mined, count)
    row = 16
    down = {leaf: 12.0 + row * at for at, leaf in enumerate(order)}
    widest = max([min(one.distance, 1.0) for one in mined.merges] + [mined.cut]) or 1.0
    height = row * count + 24

    def across(distance: float) -> float:
        return 320 + 640 * min(distance, 1.0) / widest

    reach = dict.fromkeys(range(count), 0.0)
    yield f"<svg viewBox='0 0 1000 {height}' role=img aria-label='merge tree'>"
    for leaf in order:
        sub_id = mined.leaves[leaf]
        one = owner.get(sub_id)
        colour = colours[one.intent_id] if one else "gray"
        label = escape(_short(name.get(sub_id, ""), 42))
        yield f"<circle cx='312' cy='{down[leaf]:.1f}' r='4' fill='{colour}'/>"
        yield f"<text x='304' y='{down[leaf] + 4:.1f}' text-anchor=end>{label}</text>"
    for step, merge in enumerate(mined.merges):
        end = across(merge.distance)
        left, right = down[merge.left], down[merge.right]
        yield (
            f"<path d='M{across(reach[merge.left]):.1f} {left:.1f}H{end:.1f}V{right:.1f}"
            f"H{across(reach[merge.right]):.1f}' fill='none' stroke='var(--dim)'/>"
        )
        down[count + step] = (left + right) / 2
        reach[count + step] = merge.distance
    cut = across(mined.cut)
    yield (
        f"<path d='M{cut:.1f} 0V{height}' stroke='crimson' stroke-dasharray='5 4'/>"
        f"<text class=dim x='{cut + 5:.1f}' y='{height - 6}'>cut {mined.cut:.2f}</text></svg>"
    )


def _order(mined: Mined, count: int) -> list[int]:
    """Return the leaves so that no branches cross."""
    if not mined.merges:
        return list(range(count))
    order: list[int] = []
    waiting = [count + len(mined.merges) - 1]
    while waiting:
        node = waiting.pop()
        if node < count:
            order.append(node)
        else:
            merge = mined.merges[node - count]
            waiting += [merge.right, merge.left]
    return order


def _intent(one: MinedIntent, colour: str) -> str:
    badges = [one.change, f"{one.count:,} turns"]
    if one.conversations:
        badges.append(f"{one.conversations:,} conversations")
    if one.group_name:
        badges.append(f"group {one.group_name}")
    head = "".join(f"<span class=badge>{escape(text)}</span>" for text in badges)
    parts = [
        f"<details><summary><span class=dot style='background:{colour}'></span>"
        f"<h3>{escape(one.name)}</h3>{head}</summary>",
        f"<p class=dim>{escape(one.description)}</p><div class=columns>",
        _listed("What customers say", [example.text for example in one.examples]),
        _listed(
            "Sub-intents",
            [f"{sub.name} ({sub.count:,})" for sub in one.sub_intents[:SUBS_SHOWN]]
            if len(one.sub_intents) > 1
            else [],
        ),
        _listed(
            "What to ask",
            [
                f"{attribute.question or attribute.name} "
                f"({attribute.kind}{', required' if attribute.is_required else ''})"
                for attribute in one.attributes
            ],
        ),
        _listed(
            "What representatives answered",
            [f"{reply.text} ({reply.count:,})" for reply in one.replies[:REPLIES_SHOWN]],
        ),
        f"</div><p class=dim>{escape(one.intent_id)}</p></details>",
    ]
    return "".join(parts)


def _listed(title: str, texts: Sequence[str]) -> str:
    if not texts:
        return ""
    items = "".join(f"<li>{escape(_short(text, 300))}</li>" for text in texts)
    return f"<div><h4>{escape(title)}</h4><ul>{items}</ul></div>"


def _short(text: str, length: int) -> str:
    clean = " ".join(text.split())
    return clean if len(clean) <= length else f"{clean[: length - 1]}…"
