"""Measures one run of the planner's thinking and writes its section: `python -m benchmarks.planner`."""

import argparse
import itertools
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from benchmarks import machine, report
from services.inventory.planner import bounds

SECONDS, GIB = 60.0, 2.0
_WEEKS = 52
_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figure:
    """One run in a process of its own; seconds of processor time beside those of the clock."""

    goods: int
    places: int
    reading: float
    learning: float
    moving: float
    writing: float
    cpu: float
    wall: float
    peak_mib: float
    forecasts: int
    suggestions: int


def main() -> int:
    """Measures the target's size and a tenth of each dimension; exits with 1 where the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planner", description=__doc__)
    parser.add_argument("--goods", type=int, default=5_000)
    parser.add_argument("--places", type=int, default=100)
    parser.add_argument("--grow", action="store_true", help="ten times each dimension too: some minutes more")
    parser.add_argument("--one", action="store_true", help="one run in this process; prints its figures as JSON")
    parser.add_argument("--dry", action="store_true", help="only print the figures")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(asdict(one(asked.goods, asked.places))))
        return 0
    busy = machine.load()
    base = _apart(asked.goods, asked.places)
    fewer = [_apart(asked.goods // 10, asked.places), _apart(asked.goods, asked.places // 10)]
    grown = [_apart(asked.goods * 10, asked.places), _apart(asked.goods // 10, asked.places * 10)] if asked.grow else []
    lines = _said(base, fewer, grown)
    if asked.dry:
        print("\n".join(lines))
    else:
        report.write("planner", "Forecast and rebalancing", lines, busy)
    return 0 if _kept(base) else 1


def _kept(figure: Figure) -> bool:
    return figure.wall < SECONDS and figure.peak_mib < GIB * 1024


def _apart(goods: int, places: int) -> Figure:
    """In a process of its own, so that its peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.planner", "--one", f"--goods={goods}", f"--places={places}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=machine.CLONE)
    return Figure(**json.loads(done.stdout))


def one(goods: int, places: int) -> Figure:
    """All that a run does but for the database: it bounds itself as the process does."""
    bounds.limit(8192)
    # the heavy libraries come with them, after the memory is bounded
    from benchmarks.planner import chain  # noqa: PLC0415
    from services.inventory.catalogue.domain import Channel, PriceList, TaxClass  # noqa: PLC0415
    from services.inventory.planner import rebalance  # noqa: PLC0415
    from services.inventory.planner.book import Book  # noqa: PLC0415
    from services.inventory.planner.margins import Margins  # noqa: PLC0415
    from services.inventory.planner.weeks import histories  # noqa: PLC0415
    from services.inventory.planning.domain import Policy  # noqa: PLC0415

    where = chain.places(places)
    policy = Policy(move_cost=30, least_gain=50)
    lists = [PriceList("retail", "TWD", True)]
    channels, taxes = [Channel("stores", "STORE", ""), Channel("web", "ONLINE", "")], [TaxClass("standard", 500)]
    book = Book(where, policy, Margins(lists, channels, taxes, where, _NOON, policy.assumed_margin))
    marks, drawn = [time.monotonic()], 0.0
    given = chain.batches(goods, where, _WEEKS)
    while True:
        before = time.monotonic()
        batch = next(given, None)
        drawn += time.monotonic() - before
        if batch is None:
            break
        skus = [each.item.sku for each in batch.articles]
        on_hand = {key: level.on_hand for key, level in batch.levels.items()}
        found = histories(skus, book.columns, batch.rows, on_hand, set(on_hand), _WEEKS)
        book.add(batch.articles, found, batch.levels, {})
    marks.append(time.monotonic())
    book.learn()
    marks.append(time.monotonic())
    suggested = rebalance.propose(book.stands(), policy, book.ways)
    marks.append(time.monotonic())
    written = sum(1 for _ in book.forecasts("run"))
    marks.append(time.monotonic())
    reading, learning, moving, writing = (after - before for before, after in itertools.pairwise(marks))
    wall = marks[-1] - marks[0] - drawn
    return Figure(goods, places, reading - drawn, learning, moving, writing, time.process_time() - drawn, wall,
                  bounds.peak() / 2**20, written, len(suggested))  # fmt: skip


def _said(base: Figure, fewer: list[Figure], grown: list[Figure]) -> list[str]:
    head = "goods|places|journal to weeks s|forecast s|moves s|rows s|all s|CPU s|peak MiB|forecasts|suggestions"
    goods, places = ((base.wall / one_.wall, base.peak_mib / one_.peak_mib) for one_ in fewer)
    return [
        f"Target: {base.goods:,} goods x {base.places} places in less than {SECONDS:g} s and {GIB:g} GiB: "
        + ("kept." if _kept(base) else "MISSED."),
        f"From a tenth of the goods the time grows {goods[0]:.1f} times and the memory {goods[1]:.1f} times: each good",
        f"is a problem of its own. From a tenth of the places it is {places[0]:.1f} and {places[1]:.1f} times.",
        *_beyond(base, grown),
        "",
        f"{_WEEKS} weeks of history; a store carries half of the goods. A process of its own bounds its memory;",
        "without the database, whose part the service test shows in the run's own row. CPU includes starting up.",
        "",
        *report.table(head.split("|"), map(_row, (*fewer, base, *grown))),
    ]


def _beyond(base: Figure, grown: list[Figure]) -> list[str]:
    if not grown:
        return []
    more, wider = grown
    return [
        f"Ten times the goods cost {more.wall / base.wall:.1f} times the time,",
        f"{more.peak_mib / base.peak_mib:.1f} times the memory. Ten times the places with a tenth of",
        "the goods (as many cells) cost",
        f"{wider.wall / base.wall:.1f} times the time: one good's assignment grows faster than its places.",
    ]


def _row(one_: Figure) -> list[object]:
    times = (one_.reading, one_.learning, one_.moving, one_.writing, one_.wall, one_.cpu)
    return [f"{one_.goods:,}", f"{one_.places:,}", *(f"{each:.1f}" for each in times), f"{one_.peak_mib:,.0f}",
            f"{one_.forecasts:,}", f"{one_.suggestions:,}"]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
