"""How long until what follows from a confirmed order can be seen, at a steady pace: `python -m benchmarks.effects`."""

import argparse
import asyncio
import statistics
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random

from benchmarks import brand, fleet, machine, report
from benchmarks.checkout import flows
from benchmarks.effects import watching
from benchmarks.fleet import Bench
from benchmarks.load import Outcome, run
from cli.demo.stage import Stage, StoryBroken, until
from cli.demo.web import Web

# performance.md, T6
_PACE, _P99_MS = 50.0, 1_000.0
_MEMBERS = 200
# connections enough that none waits for another: at a pace, time runs from when a call was due
_CLIENTS = 64
_WARM = 2.0
_NAMES = (watching.POINTS, watching.STOCK, watching.CREDIT, watching.PANORAMA)


@dataclass(frozen=True, slots=True)
class Turn:
    """One run: what the shoppers were answered, how many orders were confirmed, and each effect's delays in ms."""

    answered: Outcome
    confirmed: int
    delays: dict[str, list[float]]

    def at(self, name: str, share: float) -> float:
        """The delay that so many of 100 do not exceed."""
        delays = self.delays[name]
        return delays[min(len(delays) - 1, int(len(delays) * share / 100))] if delays else float("inf")

    def missing(self, name: str) -> int:
        return self.confirmed - len(self.delays[name])


async def measure(runs: int, seconds: float, pace: float) -> tuple[list[str], bool]:
    """The section's lines, and whether the target was met."""
    async with fleet.suite() as bench, bench.stage() as stage, Web(bench.found.gateway_url) as web:
        await brand.load(stage, web)
        tokens = await brand.shoppers(stage, web, _MEMBERS)
        await _turn(bench, stage, tokens, 0, _WARM, pace)
        turns = [await _turn(bench, stage, tokens, number, seconds, pace) for number in range(1, runs + 1)]
        checks, drifts = await stage.prove()
    placed = statistics.median(turn.answered.rate for turn in turns)
    missing = sum(turn.missing(name) for turn in turns for name in _NAMES)
    refused = sum(turn.answered.refused for turn in turns)
    p99 = max(statistics.median(turn.at(name, 99) for turn in turns) for name in _NAMES)
    # who refuses or falls behind makes it easy for himself
    met = p99 < _P99_MS and not missing and not refused and placed >= 0.95 * pace and not drifts
    rows = [
        [name, *(f"{statistics.median(turn.at(name, share) for turn in turns):.0f}" for share in (50, 99)),
         f"{max(turn.at(name, 100) for turn in turns):.0f}", sum(turn.missing(name) for turn in turns)]
        for name in _NAMES
    ]  # fmt: skip
    answer = (statistics.median(getattr(turn.answered, name) for turn in turns) for name in ("p50", "p99"))
    told = f"T6: p99 {p99:.0f} ms of the slowest effect at {placed:.0f} orders/s"
    lines = [
        f"{told} (target < {_P99_MS:.0f} ms at {_PACE:.0f}): {'met' if met else 'MISSED'}.",
        "",
        f"POST /v1/orders with 2 lines, {pace:g} a second whether or not they are answered; medians of {runs} runs of",
        f"{seconds:g} s, {sum(turn.confirmed for turn in turns):,} orders in all, {refused} refused. Time runs from",
        "when the transaction began that confirmed the order (its event's record time) until a query in the",
        f"owner's database answers with the effect's row. The query is asked again {watching.PAUSE * 1e3:.0f} ms after",
        "each answer: a delay is shown too long rather than too short, and the asking takes its time from the suite.",
        "The panorama counts: the n-th order that it counts is held against the n-th that was confirmed.",
        "",
        *report.table(("effect", "p50 ms", "p99 ms", "worst ms", "never seen"), rows),
        "",
        f"Shoppers' answers meanwhile: p50 {next(answer):.0f} ms, p99 {next(answer):.0f} ms, from when they were due.",
        f"`omoctl prove` afterwards: {checks} checks, {len(drifts)} drifts. {'; '.join(drifts[:3])}".strip(),
    ]
    return lines, met


async def _turn(bench: Bench, stage: Stage, tokens: list[str], number: int, seconds: float, pace: float) -> Turn:
    await stage.settle()
    postgres, began = bench.servers.postgres, datetime.now(UTC)
    asked = flows.one_call(Random(f"effects/{number}"), tokens, int(pace * seconds))
    async with watching.watching(postgres) as sight:
        answered = (await run(bench.gateway, asked, _CLIENTS, seconds, pace)).only(201, 409, 503)
        confirmed = await watching.confirmed(postgres, began)
        with suppress(StoryBroken):  # what is never seen is told in the table
            await until("every effect", partial(sight.has, confirmed), bool)
    found = {name: sorted(one * 1e3 for one in delays) for name, delays in sight.delays(confirmed).items()}
    return Turn(answered, len(confirmed), found)


def main() -> int:
    """Measures and writes; exits with 1 where the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.effects", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs; medians are shown")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long one run takes")
    parser.add_argument("--pace", type=float, default=_PACE, help="orders a second")
    asked, busy = parser.parse_args(), machine.load()
    lines, met = asyncio.run(measure(asked.runs, asked.seconds, asked.pace))
    report.write("effects", "What follows from an order", lines, busy)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
