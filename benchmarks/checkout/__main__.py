"""From HTTP to CONFIRMED, beside the bare path in the same run: `python -m benchmarks.checkout`."""

import argparse
import asyncio
import statistics
import sys
from dataclasses import dataclass, field
from random import Random

from benchmarks import brand, fleet, machine, processes, report
from benchmarks.bare import path
from benchmarks.checkout import flows
from benchmarks.fleet import Bench
from benchmarks.load import Outcome, Step, run
from cli.demo import headquarters
from cli.demo.stage import Stage
from cli.demo.web import Web

_CLIENTS = (1, 8, 32)
_MEMBERS = 200
# more than can be had in a second by any case
_MOST = 700
# a promise, or a refusal of more work than can be done in time: never anything else
_EXPECTED = (201, 409, 503)
_UNITS, _BUYERS = 100, 300
_BARE, _ORDER, _QUOTED = "bare path", "checkout, one call", "quote, then checkout"
_SPENT = "checkout, points spent too"
_CASES = (_BARE, _ORDER, _SPENT, _QUOTED)
_POINTS = 1_000_000
# performance.md, T1: of the bare path at 32 clients; p99 at 8 clients
_RATIO, _P99_MS = 0.6, 100.0


@dataclass(slots=True)
class Figures:
    """Outcomes by case and clients, and processor time an order by process."""

    outcomes: dict[tuple[str, int], list[Outcome]] = field(default_factory=dict)
    cpu: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def median(self, case: str, clients: int, figure: str) -> float:
        return float(statistics.median(getattr(one, figure) for one in self.outcomes[case, clients]))

    def ratio(self, case: str, clients: int) -> float:
        """Of the bare path, turn by turn: both sides of a turn ran within seconds of each other."""
        pairs = zip(self.outcomes[case, clients], self.outcomes[_BARE, clients], strict=True)
        return statistics.median(one.rate / bare.rate for one, bare in pairs)

    def cpu_of(self, case: str) -> dict[str, float]:
        """Medians over all runs."""
        names = {name for one in self.cpu[case] for name in one}
        return {name: statistics.median(one.get(name, 0.0) for one in self.cpu[case]) for name in sorted(names)}


@dataclass(slots=True)
class Measurement:
    """One suite with its bare path beside it."""

    bench: Bench
    stage: Stage
    tokens: list[str]
    bare: str
    bare_pids: dict[str, int]
    seconds: float
    figures: Figures = field(default_factory=Figures)

    async def turn(self, number: int) -> None:
        """Each case at each number of clients once."""
        for clients in _CLIENTS:
            random, count = Random(f"{number}/{clients}"), int(_MOST * self.seconds)
            await self._case(_BARE, clients, path.flows(random, brand.SKUS, count))
            await self._case(_ORDER, clients, flows.one_call(random, self.tokens, count))
            await self._case(_SPENT, clients, flows.with_points(random, self.tokens, count))
            await self._case(_QUOTED, clients, flows.with_quote(random, self.tokens, count))

    async def _case(self, case: str, clients: int, asked: list[list[Step]]) -> None:
        bare = case == _BARE
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
        async with path.running(bench.servers.postgres, brand.SKUS) as (bare, bare_pids):
            measured = Measurement(bench, stage, tokens, bare, bare_pids, seconds)
            await measured.turn(0)  # caches fill, statements are prepared
            measured.figures = Figures()
            for number in range(1, runs + 1):
                await measured.turn(number)
        loaded = {name: processes.memory(pid) for name, pid in bench.pids.items()}
        rushed = await _rush(bench, stage, web, tokens)
        await stage.settle()
        checks, drifts = await stage.prove()
    figures = measured.figures
    ratio, p99 = figures.ratio(_ORDER, 32), figures.median(_ORDER, 8, "p99")
    lines = [*_rates(figures), "", *_cpu(figures), "", *_memory(idle, loaded), "", rushed, ""]
    lines.append(f"`omoctl prove` afterwards: {checks} checks, {len(drifts)} drifts. {'; '.join(drifts[:3])}".strip())
    told = f"T1: {ratio:.2f} x the bare path at 32 clients (target {_RATIO}); p99 {p99:.0f} ms at 8 clients"
    lines[:0] = [f"{told} (target < {_P99_MS:.0f} ms).", "", *_preface(runs, seconds), ""]
    return lines, ratio >= _RATIO and p99 < _P99_MS and not drifts


def _preface(runs: int, seconds: float) -> list[str]:
    return [
        f"{_MEMBERS} signed-in members, baskets of 2 of 1,000 goods, 24 promotion rules and a coupon, stock hold,",
        f"payment by the simulator, outbox, {flows.POINTS} points spent where said; points, allocation, credit",
        "follow by events. Clients are one process on the same machine.",
        f"Medians of {runs} runs of {seconds:g} s, cases in turns, ratios of one turn each.",
    ]


async def _rush(bench: Bench, stage: Stage, web: Web, tokens: list[str]) -> str:
    """A flash sale through the whole checkout."""
    hq = await headquarters.sign_in(stage, web)
    await brand.open_stock(hq, {"SKU0000": _UNITS}, "TPE01")
    asked = flows.rush(Random(9), tokens, "SKU0000", "TPE01", _BUYERS)
    outcome = await run(bench.gateway, asked, _BUYERS, 60.0)
    sold, over = outcome.done, max(0, outcome.done - _UNITS)
    return (
        f"{_BUYERS} buyers at once for {_UNITS} units: {sold} sold, {outcome.refused} refused, {over} oversold,"
        f" in {outcome.seconds:.1f} s (answers: {outcome.statuses})."
    )


def _rates(figures: Figures) -> list[str]:
    rows = [
        [
            case,
            clients,
            f"{figures.median(case, clients, 'rate'):,.0f}",
            f"{figures.median(case, clients, 'p50'):.1f}",
            f"{figures.median(case, clients, 'p99'):.1f}",
            "" if case == _BARE else f"{figures.ratio(case, clients):.2f}",
            f"{sum(one.refused for one in figures.outcomes[case, clients])}",
        ]
        for case in _CASES
        for clients in _CLIENTS
    ]
    return report.table(("case", "clients", "orders/s", "p50 ms", "p99 ms", "of bare", "refused"), rows)


def _cpu(figures: Figures) -> list[str]:
    used = {case: figures.cpu_of(case) for case in _CASES}
    rows = [
        [case, f"{sum(cpu.values()) - cpu['(the clients)']:.2f}", ", ".join(f"{n} {ms:.2f}" for n, ms in cpu.items())]
        for case, cpu in used.items()
    ]
    return report.table(("CPU ms an order, until settled", "sum", "by process"), rows)


def _memory(idle: dict[str, processes.Memory], loaded: dict[str, processes.Memory]) -> list[str]:
    rows = [
        [name, f"{idle[name].rss:.0f} / {idle[name].pss:.0f}", f"{loaded[name].rss:.0f} / {loaded[name].pss:.0f}"]
        for name in idle
    ]
    ours = [[sum(getattr(one[name], kind) for name in fleet.OURS) for kind in ("rss", "pss")] for one in (idle, loaded)]
    rows.append(["six processes of ours", *(f"{rss:.0f} / {pss:.0f}" for rss, pss in ours)])
    return report.table(("memory MB, RSS / PSS", "idle", "after the load"), rows)


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
