"""From HTTP to CONFIRMED, beside the bare path and the machine's limits: `python -m benchmarks.checkout`."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from benchmarks import brand, fleet, machine, processes, report
from benchmarks.bare import path
from benchmarks.checkout import flows, tables, targets
from benchmarks.checkout.figures import BARE, CART, CLIENTS, ORDER, QUOTED, SPENT, Figures
from benchmarks.fleet import Bench
from benchmarks.limits import kinds
from benchmarks.load import Outcome, Step, run
from cli.demo import headquarters
from cli.demo.stage import Stage
from cli.demo.web import Web

_MEMBERS = 200
# more than can be had in a second by any case; a cart's flow is four requests
_MOST, _MOST_CARTS = 1_000, 300
# a promise, or a refusal of more work than can be done in time: never anything else
_EXPECTED = (201, 409, 503)
_UNITS, _BUYERS = 100, 300
_POINTS = 1_000_000
_LIMIT_SECONDS = 2


@dataclass(slots=True)
class Measurement:
    """One suite with its bare path beside it."""

    bench: Bench
    stage: Stage
    tokens: list[str]
    bare: str
    bare_pids: dict[str, int]
    seconds: float
    limits: Mapping[str, kinds.Kind]
    figures: Figures = field(default_factory=Figures)

    async def turn(self, number: int) -> None:
        """Each case at each number of clients once."""
        for clients in CLIENTS:
            random, count = Random(f"{number}/{clients}"), int(_MOST * self.seconds)
            await self._case(BARE, clients, path.flows(random, brand.SKUS, count))
            await self._case(ORDER, clients, flows.one_call(random, self.tokens, count))
            await self._case(SPENT, clients, flows.with_points(random, self.tokens, count))
            await self._case(QUOTED, clients, flows.with_quote(random, self.tokens, count))
            carts = int(_MOST_CARTS * self.seconds)
            await self._case(CART, clients, flows.with_cart(random, self.tokens, carts))
            for limit, kind in self.limits.items():
                # the bare path is a case of its own
                if limit != kinds.BARE:
                    self.figures.limits.setdefault((limit, clients), []).append((await kind(clients))[0])

    async def _case(self, case: str, clients: int, asked: list[list[Step]]) -> None:
        bare = case == BARE
        pids = self.bare_pids | {"postgres": self.bench.pids["postgres"]} if bare else self.bench.pids
        before = processes.cpu_of(pids)
        outcome = (await run(self.bare if bare else self.bench.gateway, asked, clients, self.seconds)).only(*_EXPECTED)
        if not bare:
            await self.stage.settle()  # what an order sets off is part of its cost
        used = processes.spent(before, processes.cpu_of(pids), outcome.done)
        used["(the clients)"] = outcome.cpu_ms / outcome.done
        self.figures.outcomes.setdefault((case, clients), []).append(outcome)
        self.figures.cpu.setdefault(case, []).append(used)


async def measure(runs: int, seconds: float) -> tuple[list[str], bool]:
    """The section's lines, and whether the targets were met."""
    async with fleet.suite() as bench, bench.stage() as stage, Web(bench.found.gateway_url) as web:
        hq = await brand.load(stage, web)
        tokens = await brand.shoppers(stage, web, _MEMBERS)
        await brand.give_points(hq, tokens, _POINTS)
        idle = {name: processes.memory(pid) for name, pid in bench.pids.items()}
        async with (
            path.running(bench.servers.postgres, brand.SKUS) as (bare, bare_pids),
            kinds.beside(bench.servers.postgres, bare, _LIMIT_SECONDS) as limits,
        ):
            measured = Measurement(bench, stage, tokens, bare, bare_pids, seconds, limits)
            await measured.turn(0)  # caches fill, statements are prepared
            measured.figures = Figures()
            for number in range(1, runs + 1):
                await measured.turn(number)
        loaded = {name: processes.memory(pid) for name, pid in bench.pids.items()}
        rushed = await _rush(bench, stage, web, tokens)
        await stage.settle()
        checks, drifts = await stage.prove()
    figures = measured.figures
    verdicts = targets.judge(figures, idle, loaded, max(0, rushed.done - _UNITS))
    proved = f"`omoctl prove` afterwards: {checks} checks, {len(drifts)} drifts. {'; '.join(drifts[:3])}".strip()
    lines = [*targets.table(verdicts), "", *_preface(runs, seconds), "", *tables.rates(figures), ""]
    lines += [*tables.limits(figures), "", *targets.peers(figures), "", *tables.cpu(figures), ""]
    lines += [*tables.memory(idle, loaded), "", _told(rushed), "", proved]
    return lines, all(one.met for one in verdicts) and not drifts


def _preface(runs: int, seconds: float) -> list[str]:
    return [
        f"{_MEMBERS} signed-in members, baskets of 2 of 1,000 goods, 24 promotion rules and a coupon, stock hold,",
        f"payment by the simulator, outbox, {flows.POINTS} points spent where said; points, allocation, credit",
        "follow by events. Clients are one process on the same machine.",
        "The cart flow is three changes of the cart (a line, a line, delivery and a code), then its paid checkout.",
        f"Medians of {runs} runs of {seconds:g} s, its limits {_LIMIT_SECONDS} s each, all in turns; ratios of",
        "one turn each. The peers were measured once on a machine of this kind, not in this run: they drift by 30 %.",
    ]


async def _rush(bench: Bench, stage: Stage, web: Web, tokens: list[str]) -> Outcome:
    """A flash sale through the whole checkout."""
    hq = await headquarters.sign_in(stage, web)
    await brand.open_stock(hq, {"SKU0000": _UNITS}, "TPE01")
    asked = flows.rush(Random(9), tokens, "SKU0000", "TPE01", _BUYERS)
    return await run(bench.gateway, asked, _BUYERS, 60.0)


def _told(rushed: Outcome) -> str:
    sold, over = rushed.done, max(0, rushed.done - _UNITS)
    return (
        f"{_BUYERS} buyers at once for {_UNITS} units: {sold} sold, {rushed.refused} refused, {over} oversold,"
        f" in {rushed.seconds:.1f} s (answers: {rushed.statuses})."
    )


def main() -> int:
    """Measures and writes; exits with 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checkout", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median is shown")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long one run takes")
    asked, busy = parser.parse_args(), machine.load()
    lines, met = asyncio.run(measure(asked.runs, asked.seconds))
    report.write("checkout", "Checkout", lines, busy)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
