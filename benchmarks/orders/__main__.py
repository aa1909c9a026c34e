"""A member's list of orders, through the gateway: `python -m benchmarks.orders`; 1,000 orders, `--orders` for more."""

import argparse
import asyncio
import statistics
import sys
from dataclasses import dataclass, field
from random import Random

from benchmarks import brand, fleet, machine, processes, report
from benchmarks.checkout import flows
from benchmarks.fleet import Bench
from benchmarks.load import Outcome, Step, run
from cli.demo.web import Web

_FEW = 10
# performance.md lists the peers' lists of ten; twenty is what a page has unless asked otherwise
_PAGE, _USUAL = 10, 20
_PACE = 50.0
_CLIENTS = 32
_FILLING = 16
_PAGES = 3
# the orders issue: a member with 1,000 orders
_P99_MS = 10.0
_LIST, _LONGER = f"first page of {_PAGE}", f"first page of {_USUAL}"
_PAGED, _ONE = f"{_PAGES} pages of {_PAGE}, one after the other", "one order"


@dataclass(slots=True)
class Figures:
    """What runs of one kind gave."""

    outcomes: list[Outcome] = field(default_factory=list)
    cpu: list[dict[str, float]] = field(default_factory=list)

    def median(self, figure: str) -> float:
        return float(statistics.median(getattr(one, figure) for one in self.outcomes))

    def refused(self) -> int:
        """Flows that ended with a refusal, in all runs."""
        return sum(one.refused for one in self.outcomes)

    def spent(self) -> str:
        """Processor time a flow by process; idle ones are left out."""
        medians = {name: statistics.median(one[name] for one in self.cpu) for name in self.cpu[0]}
        return ", ".join(f"{name} {ms:.2f}" for name, ms in medians.items() if ms >= 0.05)


async def measure(count: int, runs: int, seconds: float) -> tuple[list[str], bool]:
    """The section's lines, and whether the target was met."""
    found: dict[tuple[int, str], Figures] = {}
    async with fleet.suite() as bench, bench.stage() as stage, Web(bench.found.gateway_url) as web:
        await brand.load(stage, web)
        tokens = await brand.shoppers(stage, web, 2)
        people = dict(zip((count, _FEW), tokens, strict=True))
        for orders, token in people.items():
            await _buy(bench, token, orders)
        await stage.settle()
        for turn in range(runs + 1):
            for orders, token in people.items():
                for name, asked in (await _asked(bench, token, int(_PACE * seconds))).items():
                    figures = found.setdefault((orders, name), Figures()) if turn else Figures()  # the first warms
                    await _turn(bench, figures, asked, seconds)
    rows = [
        [f"{orders:,}", name, f"{one.median('p50'):.1f}", f"{one.median('p99'):.1f}", one.refused(), one.spent()]
        for (orders, name), one in found.items()
    ]
    p99, small = found[count, _LIST].median("p99"), found[_FEW, _LIST].median("p50")
    grows = found[count, _LIST].median("p50") / small
    return [
        f"The list of a member with {count:,} orders: p99 {p99:.1f} ms at {_PACE:.0f} a second (target < {_P99_MS:.0f}",
        f"ms with 1,000); {grows:.1f} times what it takes a member with {_FEW}.",
        "",
        f"Orders of 2 lines, made by the checkout; medians of {runs} runs of {seconds:g} s at that pace, times from",
        "when a call was due.",
        "",
        *report.table(("orders", "asked", "p50 ms", "p99 ms", "refused", "CPU ms, by process"), rows),
    ], p99 < _P99_MS and not found[count, _LIST].refused()


async def _buy(bench: Bench, token: str, count: int) -> None:
    """So many orders of one member."""
    asked = flows.one_call(Random(count), [token], count)
    outcome = (await run(bench.gateway, asked, _FILLING, 600.0)).only(201)
    if outcome.done != count:
        raise RuntimeError(f"{outcome.done} of {count} orders were placed in time")


async def _asked(bench: Bench, token: str, count: int) -> dict[str, list[list[Step]]]:
    """What a shopper's app asks for, so many times each."""
    headers = {"Authorization": f"Bearer {token}"}
    async with Web(bench.found.gateway_url, token) as web:
        orders, pages, after = list[str](), [f"/v1/orders?page_size={_PAGE}"], ""
        for _ in range(_PAGES):
            page = await web.get(f"/v1/orders?page_size={_PAGE}&page_token={after}")
            orders += [one["order_id"] for one in page["orders"]]
            if not (after := page.get("next_page_token", "")):
                break
            pages.append(f"/v1/orders?page_size={_PAGE}&page_token={after}")
    chance = Random(count)
    walk = [Step("GET", path, headers) for path in pages[:_PAGES]]
    return {
        _LIST: [[walk[0]] for _ in range(count)],
        _LONGER: [[Step("GET", f"/v1/orders?page_size={_USUAL}", headers)] for _ in range(count)],
        _PAGED: [walk for _ in range(count // _PAGES)],
        _ONE: [[Step("GET", f"/v1/orders/{chance.choice(orders)}", headers)] for _ in range(count)],
    }


async def _turn(bench: Bench, figures: Figures, asked: list[list[Step]], seconds: float) -> None:
    pace = len(asked) / seconds
    before = processes.cpu_of(bench.pids)
    outcome = (await run(bench.gateway, asked, _CLIENTS, seconds, pace)).only(200, 503)
    figures.outcomes.append(outcome)
    figures.cpu.append(processes.spent(before, processes.cpu_of(bench.pids), outcome.done))


def main() -> int:
    """Measures and writes; exits with 1 where the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orders", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000, help="how many the member has")
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median is shown")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long one run takes")
    asked, busy = parser.parse_args(), machine.load()
    lines, met = asyncio.run(measure(asked.orders, asked.runs, asked.seconds))
    report.write("orders", "A member's orders", lines, busy)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
