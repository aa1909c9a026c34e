"""Real weeks of a real chain through the store stream until everything is settled: `python -m benchmarks.replay`."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks import fleet, machine, processes, report
from benchmarks.bare import path
from benchmarks.limits import kinds
from cli.completejourney import replaying, weeks

# the chain's own: its prices are in cents, its days are those of its stores
_CHAIN = {"CURRENCY": "USD", "TIME_ZONE": "America/New_York"}
# performance.md, T5: baskets a second from the first sale to the last effect
_TARGET = 520
# of each limit, before the weeks and after them
_LIMIT_SECONDS = 2


async def measure(asked: str, tills: int) -> tuple[list[str], bool]:
    """The section's lines, and whether the target was met and every figure equals its source."""
    async with (
        fleet.suite(**_CHAIN) as bench,
        path.running(bench.servers.postgres, kinds.SKUS) as (door, _),
        kinds.beside(bench.servers.postgres, door, _LIMIT_SECONDS) as limits,
    ):
        await weeks.load(bench.home, asked)
        early = await _asked(limits, tills)
        before = processes.cpu_of(bench.pids)
        sent = await weeks.send(bench.home, asked, tills)
        used = processes.spent(before, processes.cpu_of(bench.pids), sent.played.baskets)
        loaded = {name: processes.memory(pid) for name, pid in bench.pids.items()}
        late = await _asked(limits, tills)
        agreed = await weeks.agrees(bench.home, asked) and not sent.played.conflicts
    met = sent.baskets_per_second >= _TARGET
    lines = [
        f"T5: {sent.baskets_per_second:,.0f} baskets/s (target {_TARGET}): {'met' if met else 'MISSED'}.",
        "",
        *_told(asked, tills, sent, agreed=agreed),
        "",
        f"The machine's limits in the same run, {tills} clients, {_LIMIT_SECONDS} s each before the weeks and after:",
        "",
        *_beside(sent, early, late),
        "",
        *report.table(
            ("process", "CPU ms a basket", "memory MB after, RSS / PSS"),
            [[name, f"{used[name]:.2f}", f"{loaded[name].rss:.0f} / {loaded[name].pss:.0f}"] for name in used],
        ),
    ]
    return lines, met and agreed


def _told(asked: str, tills: int, sent: Any, *, agreed: bool) -> list[str]:
    """What was sent, how fast, and whether the books then say the same as the source."""
    played = sent.played
    rates = [
        ["acknowledged for good", f"{played.seconds:.1f}", f"{played.baskets_per_second:,.0f}"],
        ["settled", f"{played.seconds + sent.settled:.1f}", f"{sent.baskets_per_second:,.0f}"],
    ]
    return [
        f"Weeks {asked}: {played.baskets:,} baskets from {played.tills:,} tills, {tills} of them at once, in one",
        "process on the same machine; each basket's points, stock, credits and sums follow by events. Revenue, units",
        "and baskets per store, week and household then "
        + ("equal the source to the cent." if agreed else "DIFFER from the source."),
        "",
        *report.table(("until", "seconds", "baskets/s"), rates),
    ]


def _beside(sent: Any, early: Mapping[str, float], late: Mapping[str, float]) -> list[str]:
    """Baskets beside what the machine gave a second of each kind, before them and after."""
    ratios = [
        [
            name,
            f"{early[name]:,.0f} / {late[name]:,.0f}",
            f"{sent.baskets_per_second * 2 / (early[name] + late[name]):.3f}",
        ]
        for name in early
    ]
    return report.table(("limit", "a second, before / after", "settled baskets/s, of their mean"), ratios)


async def _asked(limits: Mapping[str, kinds.Kind], clients: int) -> dict[str, float]:
    """What the machine gives a second just now."""
    return {name: (await kind(clients))[0] for name, kind in limits.items()}


def main() -> int:
    """Measures and writes; exits with 1 where the target is missed or a figure differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--weeks", default="1-2", help="which of the year's 53")
    parser.add_argument("--tills", type=int, default=replaying.TILLS_AT_ONCE, help="how many send at the same time")
    asked, busy = parser.parse_args(), machine.load()
    lines, met = asyncio.run(measure(asked.weeks, asked.tills))
    report.write("replay", "A chain's real weeks", lines, busy)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
