"""Measures the planner's own process over a chain's year and writes its section: `python -m benchmarks.planner`.

`--small` tries it in half a minute and only prints.
"""

import argparse
import asyncio
import statistics
import sys
import time
from dataclasses import dataclass

import asyncpg

from benchmarks import books, machine, report
from benchmarks.planner import filling, process
from benchmarks.planner.chain import WEEKS
from benchmarks.planner.process import Ended
from services.inventory.planner.settings import Settings

SECONDS, GIB = 60.0, 2.0
_SMALL = (500, 20)


@dataclass(frozen=True, slots=True)
class Figure:
    """All runs over one database; what the last one wrote."""

    goods: int
    places: int
    entries: int
    filling: float
    runs: tuple[Ended, ...]
    forecasts: int
    suggestions: int

    def median(self, figure: str) -> float:
        return float(statistics.median(getattr(one, figure) for one in self.runs))

    @property
    def kept(self) -> bool:
        """Every run counts, not the median one."""
        return all(not one.code and one.wall < SECONDS and one.peak_mib < GIB * 1024 for one in self.runs)


def main() -> int:
    """Measures the target's size and a tenth of each dimension; exits with 1 where the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planner", description=__doc__)
    parser.add_argument("--goods", type=int, default=5_000)
    parser.add_argument("--places", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3, help="runs over each database")
    parser.add_argument("--grow", action="store_true", help="ten times each dimension too: many minutes, 15 GB of disk")
    parser.add_argument("--small", action="store_true", help="a small chain, one run each; only print")
    parser.add_argument("--print", action="store_true", dest="only", help="print, and leave docs/performance.md alone")
    asked, busy = parser.parse_args(), machine.load()
    goods, places = _SMALL if asked.small else (asked.goods, asked.places)
    runs = 1 if asked.small else asked.runs
    fewer = [_measured(goods // 10, places, runs), _measured(goods, places // 10, runs)]
    base = _measured(goods, places, runs)
    grown = [_measured(goods * 10, places, 1), _measured(goods // 10, places * 10, 1)] if asked.grow else []
    lines = _said(base, fewer, grown, runs)
    if asked.only or asked.small:
        print("\n".join(lines))
    else:
        report.write("planner", "Forecast and rebalancing", lines, busy)
    return 0 if base.kept else 1


def _measured(goods: int, places: int, runs: int) -> Figure:
    figure = asyncio.run(_measure(goods, places, runs))
    for one in figure.runs:
        print(f"{goods:,} x {places:,}: {one.wall:.1f} s, {one.peak_mib:,.0f} MiB: {one.said}", flush=True)
    return figure


async def _measure(goods: int, places: int, runs: int) -> Figure:
    async with books.inventory() as found:
        begun = time.monotonic()
        entries = await filling.fill(found, goods, places)
        filled = time.monotonic() - begun
        names = [f"run {number}" for number in range(runs)]
        ended = [await asyncio.to_thread(process.run, found.dsn, name, found.pid) for name in names]
        wrote = await _wrote(found.dsn)
    good = [one for one in ended if not one.code]
    if good and wrote[:2] != (goods, places):
        raise RuntimeError(f"the planner saw {wrote[0]} goods at {wrote[1]} places")
    return Figure(goods, places, entries, filled, tuple(ended), *wrote[2:])


async def _wrote(dsn: str) -> tuple[int, int, int, int]:
    """Goods, places, and the rows that stand in the tables of the newest run that is done, not what the run says."""
    connection = await asyncpg.connect(dsn, server_settings={"statement_timeout": "60s", "transaction_timeout": "60s"})
    try:
        run = await connection.fetchrow(
            "SELECT run_id, skus, locations FROM planning_runs WHERE state = 'DONE' ORDER BY as_of DESC LIMIT 1"
        )
        if run is None:
            return 0, 0, 0, 0
        forecasts, suggestions = [
            await connection.fetchval(f"SELECT count(*) FROM {table} WHERE run_id = $1", run["run_id"])
            for table in ("demand_forecasts", "transfer_suggestions")
        ]
        return run["skus"], run["locations"], forecasts, suggestions
    finally:
        await connection.close()


def _said(base: Figure, fewer: list[Figure], grown: list[Figure], runs: int) -> list[str]:
    head = ("goods", "places", "journal entries", "wall s", "CPU s planner", "CPU s Postgres", "peak RSS MiB",
            "forecasts", "suggestions", "filled in s")  # fmt: skip
    worst = max(one.wall for one in base.runs), max(one.peak_mib for one in base.runs)
    limit = Settings.model_fields["memory_mb"].default
    return [
        f"Target: {base.goods:,} goods x {base.places} places in less than {SECONDS:g} s and {GIB:g} GiB: "
        + ("kept" if base.kept else "MISSED")
        + f" (the worst run: {worst[0]:.1f} s, {worst[1]:,.0f} MiB).",
        *(_growth(few, base, what) for few, what in zip(fewer, ("goods", "places"), strict=True)),
        *(
            _growth(base, more, what)
            for more, what in zip(grown, ("goods", "places, with a tenth of the goods"), strict=False)
        ),
        "",
        "`python -m services.inventory.planner` on a Postgres that syncs: its own process, its default limit of",
        f"{limit:,} MiB, from start to end with imports, reading, and all rows written; peak RSS is the kernel's mark.",
        f"The journal is of {WEEKS} weeks, every unit sold an entry; a store carries half of the goods.",
        f"Medians of {runs} runs.",
        "",
        *report.table(head, map(_row, (*fewer, base, *grown))),
    ]


def _growth(few: Figure, many: Figure, what: str) -> str:
    if failed := next((one for one in (*few.runs, *many.runs) if one.code), None):
        return f"Ten times the {what}: a run ended with {failed.code}: {failed.said}"
    wall, peak = (many.median(one) / few.median(one) for one in ("wall", "peak_mib"))
    return f"Ten times the {what} cost {wall:.1f} times the time and {peak:.1f} times the memory."


def _row(one: Figure) -> list[object]:
    wall, cpu, postgres = (f"{one.median(name):.1f}" for name in ("wall", "cpu", "postgres_cpu"))
    size, wrote = (one.goods, one.places, one.entries), (one.forecasts, one.suggestions)
    peak = f"{one.median('peak_mib'):,.0f}"
    return [*(f"{n:,}" for n in size), wall, cpu, postgres, peak, *(f"{n:,}" for n in wrote), f"{one.filling:.0f}"]


if __name__ == "__main__":
    sys.exit(main())
