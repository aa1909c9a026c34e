"""Real weeks of a real chain through the store stream until everything is settled: `python -m benchmarks.replay`."""

import argparse
import asyncio
import sys

from benchmarks import fleet, machine, processes, report
from cli.completejourney import replaying, weeks

# the chain's own: its prices are in cents, its days are those of its stores
_CHAIN = {"CURRENCY": "USD", "TIME_ZONE": "America/New_York"}
# performance.md, T5: baskets a second from the first sale to the last effect
_TARGET = 520


async def measure(asked: str, tills: int) -> tuple[list[str], bool]:
    """The section's lines, and whether the target was met and every figure equals its source."""
    async with fleet.suite(**_CHAIN) as bench:
        await weeks.load(bench.home, asked)
        before = processes.cpu_of(bench.pids)
        sent = await weeks.send(bench.home, asked, tills)
        used = processes.spent(before, processes.cpu_of(bench.pids), sent.played.baskets)
        loaded = {name: processes.memory(pid) for name, pid in bench.pids.items()}
        agreed = await weeks.agrees(bench.home, asked) and not sent.played.conflicts
    played = sent.played
    rates = [
        ["acknowledged for good", f"{played.seconds:.1f}", f"{played.baskets_per_second:,.0f}"],
        ["settled", f"{played.seconds + sent.settled:.1f}", f"{sent.baskets_per_second:,.0f}"],
    ]
    costs = [[name, f"{used[name]:.2f}", f"{loaded[name].rss:.0f} / {loaded[name].pss:.0f}"] for name in used]
    met = sent.baskets_per_second >= _TARGET
    lines = [
        f"T5: {sent.baskets_per_second:,.0f} baskets/s (target {_TARGET}): {'met' if met else 'MISSED'}.",
        "",
        f"Weeks {asked}: {played.baskets:,} baskets from {played.tills:,} tills, {tills} of them at once, in one",
        "process on the same machine; each basket's points, stock, credits and sums follow by events. Revenue, units",
        "and baskets per store, week and household then "
        + ("equal the source to the cent." if agreed else "DIFFER from the source."),
        "",
        *report.table(("until", "seconds", "baskets/s"), rates),
        "",
        *report.table(("process", "CPU ms a basket", "memory MB after, RSS / PSS"), costs),
    ]
    return lines, met and agreed


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
