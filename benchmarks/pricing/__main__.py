"""Prints, as markdown, how long the promotion engine needs for twenty lines: `python -m benchmarks.pricing`."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import omo_pricing as pricing
from benchmarks.pricing import shop

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CARTS = 100


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured, and how long it may take (99th percentile, milliseconds)."""

    name: str
    rules: pricing.RuleSet
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds of one run."""

    median: float
    p99: float


def main() -> int:
    """Measures every case; exits with 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pricing", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each case; the median run is shown")
    parser.add_argument("--evaluations", type=int, default=1_000, help="evaluations a run")
    asked = parser.parse_args()
    random = Random(8)
    catalogue, carts = shop.catalogue(random), shop.carts(random, CARTS)
    cases = [
        Case("no rules: prices, tax and units only", pricing.RuleSet("0", ())),
        Case("200 active rules", shop.brand_rules(random, 200), 2.0),
        Case("2,000 active rules", shop.brand_rules(random, 2_000), 10.0),
        Case("2,000 rules in promotions, 100 sets", shop.joined_rules(random, 2_000)),
        Case("50 rules, each for every line", shop.matching_rules(random, 50)),
    ]
    _head(asked.evaluations, asked.runs)
    kept = [_row(case, catalogue, carts, asked.evaluations, asked.runs) for case in cases]
    _aside(catalogue, carts, cases[2].rules, random)
    return 0 if all(kept) else 1


def _head(evaluations: int, runs: int) -> None:
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"Promotion engine: {shop.LINES} lines of {shop.GOODS:,} goods, one core; {machine}; {evaluations:,}")
    print(f"evaluations a run over {CARTS} carts, the median of {runs} runs.\n")
    print("| case | rules applied, mean | p50 ms | p99 ms | target p99 ms | kept |")
    print("|---|---|---|---|---|---|")


def _row(case: Case, catalogue: pricing.Catalogue, carts: Sequence[pricing.Cart], evaluations: int, runs: int) -> bool:
    def evaluate(cart: pricing.Cart) -> pricing.Priced:
        return pricing.evaluate(cart, shop.MEMBER, catalogue, case.rules, AT)

    applied = statistics.mean(len(evaluate(cart).applied) for cart in carts)
    figures = sorted((_run(evaluate, carts, evaluations) for _ in range(runs)), key=lambda figure: figure.p99)
    figure = figures[len(figures) // 2]
    kept = case.target is None or figure.p99 < case.target
    target = "" if case.target is None else f"< {case.target:g}"
    verdict = "" if case.target is None else "yes" if kept else "NO"
    print(
        f"| {case.name} | {applied:.1f} | {figure.median:.2f} | {figure.p99:.2f} | {target} | {verdict} |", flush=True
    )
    return kept


def _run(evaluate: Callable[[pricing.Cart], object], carts: Sequence[pricing.Cart], evaluations: int) -> Figure:
    taken = []
    for number in range(evaluations):
        cart = carts[number % len(carts)]
        begun = time.perf_counter_ns()
        evaluate(cart)
        taken.append((time.perf_counter_ns() - begun) / 1e6)
    taken.sort()
    return Figure(taken[len(taken) // 2], taken[len(taken) * 99 // 100])


def _aside(catalogue: pricing.Catalogue, carts: Sequence[pricing.Cart], rules: pricing.RuleSet, random: Random) -> None:
    """What surrounds an evaluation: done once per rule set, once per quote, once per return."""
    priced = [pricing.evaluate(cart, shop.MEMBER, catalogue, rules, AT) for cart in carts]
    bulk = pricing.Cart("web", "TWD", (pricing.CartLine(1, carts[0].lines[0].sku, 10_000),), codes=carts[0].codes)
    around: list[tuple[str, Callable[[], object]]] = [
        ("index 2,000 rules (once per rule set)", lambda: pricing.RuleSet("1", rules.rules)),
        ("one line of 10,000 pieces, 2,000 rules", lambda: pricing.evaluate(bulk, shop.MEMBER, catalogue, rules, AT)),
        ("to_dict without the skipped rules", lambda: random.choice(priced).to_dict(explain=False)),
        ("refund of one unit", lambda: pricing.refund_of(random.choice(priced).lines[0].units, [0])),
    ]
    print("\n| around it | p50 ms |\n|---|---|")
    for name, work in around:
        print(f"| {name} | {_median(work):.3f} |", flush=True)


def _median(work: Callable[[], object], rounds: int = 51) -> float:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter_ns()
        work()
        taken.append((time.perf_counter_ns() - begun) / 1e6)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
