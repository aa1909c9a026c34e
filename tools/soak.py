"""Runs the soak part by part, each within its time, and keeps docs/soak.md."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import machine, soak_page
from tools.soak_page import Ran

REPORTS = Path(".soak")
_PAGE = Path("docs/soak.md")
_GRACE = 120.0
_INTERRUPTED = "it was stopped when its time was over"


@dataclass(frozen=True, slots=True)
class Part:
    """Tests that are run together, and how long they may take altogether and each."""

    name: str
    title: str
    what: str
    minutes: int
    tests: Sequence[str]
    table: Callable[[soak_page.Report], list[str]]
    each: int = 600
    alone: bool = False


# the times are bounds for two cores; a quiet machine needs about half
PARTS = (
    Part(
        "faults",
        "Faults",
        "Processes, Postgres and NATS are killed or away during trade, events come thrice and shuffled, leases are "
        "stolen, guards are taken out: each test ten times (or as the table says), and the invariants hold after each. "
        "The flash sale once, with all its 3,000 buyers.",
        45,
        ("tests/faults", "tests/journeys/test_flash_sale.py", "--ignore=tests/faults/test_points.py"),
        soak_page.runs,
    ),
    Part(
        "points",
        "Fault points",
        "A process dies at each registered fault point during a day's trade: once at each, in every service that has "
        "the point, and the invariants hold after each.",
        45,
        ("tests/faults/test_points.py",),
        soak_page.points,
    ),
    Part(
        "properties",
        "Properties",
        "Every property and every model of the suite (stock, promises and the floor on Postgres too) with 10,000 "
        "examples, seeded by chance; the examples are counted, not assumed.",
        180,
        ("tests/unit", "tests/properties", "tests/service", "-m", "hypothesis"),
        soak_page.properties,
        each=5400,
    ),
    Part(
        "growth",
        "Growth",
        "What must not grow with the past or with the range of goods, and what may grow with it in step, measured at "
        "one and at ten times the size.",
        20,
        ("tests/growth",),
        soak_page.growth,
        each=1200,
        alone=True,
    ),
)


def command(part: Part, workers: int, report: Path) -> list[str]:
    """How a part's tests are run."""
    spread = ["-n", str(1 if part.alone else workers), "--dist", "worksteal"]
    told = ["-v", "--no-header", "-o", f"timeout={part.each}", f"--junitxml={report}"]
    return [sys.executable, "-m", "pytest", *spread, *told, *part.tests]


def within(asked: Sequence[str], seconds: float, environment: dict[str, str]) -> int | None:
    """The exit code, or None when it had to be interrupted; it may finish its report."""
    process = subprocess.Popen(asked, env=environment)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return None


def run(part: Part, workers: int, minutes: int, repeats: int) -> bool:
    """Runs one part and writes its section; whether everything held."""
    REPORTS.mkdir(exist_ok=True)
    report = REPORTS / f"{part.name}.xml"
    report.unlink(missing_ok=True)
    print(f"\nsoak: {part.title.lower()}, at most {minutes} minutes", flush=True)
    before, busy, began = machine.commit(), machine.load(), time.monotonic()
    environment = {**os.environ, "OMO_DEPTH": "soak", "OMO_REPEATS": str(repeats)}
    code = within(command(part, workers, report), 60.0 * minutes, environment)
    ran = Ran(before, machine.commit(), busy, time.monotonic() - began, minutes)
    trouble = [_INTERRUPTED] if code is None else []
    found = soak_page.read(report) if report.exists() else soak_page.Report()
    if not found.cases:
        trouble.append("no test ran")
    elif code and not found.failures:
        trouble.append(f"the runner ended with code {code}")
    trouble += soak_page.unfed(found)
    section = soak_page.section(part.name, part.title, part.what, ran, found, part.table(found), trouble)
    soak_page.keep(_PAGE, part.name, section, [one.name for one in PARTS])
    print(f"\n{section}", flush=True)
    return not trouble and not found.failures


def main(asked: Sequence[str] | None = None) -> int:
    """Runs the parts that are named, or all; the rest of the page stays as it is."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    names = [part.name for part in PARTS]
    parser.add_argument("parts", nargs="*", metavar="|".join(names), help="all when none is named")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--times", type=int, default=1, help="so many times the bounds, on a machine that others use")
    parser.add_argument("--repeats", type=int, default=10, help="of each fault test")
    told = parser.parse_args(asked)
    if unknown := sorted(set(told.parts) - set(names)):
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(names)}")
    chosen = [part for part in PARTS if not told.parts or part.name in told.parts]
    held = [run(part, told.workers, told.times * part.minutes, told.repeats) for part in chosen]
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
