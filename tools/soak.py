"""Writes docs/soak.md from the report of a soak."""

import platform
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET


@dataclass(slots=True)
class Tally:
    """The outcome of one folder of tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0


def _folder(case: ET.Element) -> str:
    return "/".join(case.get("classname", "").split(".")[:2]) or "tests"


def tally(report: ET.Element) -> dict[str, Tally]:
    """What happened, by folder of tests."""
    found: dict[str, Tally] = defaultdict(Tally)
    for case in report.iter("testcase"):
        line = found[_folder(case)]
        line.seconds += float(case.get("time", 0))
        outcomes = {child.tag for child in case}
        line.failed += bool(outcomes & {"failure", "error"})
        line.skipped += "skipped" in outcomes
        line.passed += not outcomes & {"failure", "error", "skipped"}
    return dict(sorted(found.items()))


def failures(report: ET.Element) -> list[str]:
    """The tests that did not hold."""
    return [
        f"{case.get('classname')}::{case.get('name')}"
        for case in report.iter("testcase")
        if any(child.tag in {"failure", "error"} for child in case)
    ]


def page(report: ET.Element, machine: str, commit: str, now: datetime) -> str:
    """The page as it is committed."""
    rows = [
        f"| {folder} | {one.passed} | {one.failed} | {one.skipped} | {one.seconds:,.0f} |"
        for folder, one in tally(report).items()
    ]
    lines = [
        "# Soak",
        "",
        f"Made by `make soak` on {now:%Y-%m-%d %H:%M} UTC at {commit}; {machine}.",
        "Each fault ten times, 10,000 examples.",
        "",
        "| Tests | Passed | Failed | Skipped | Seconds |",
        "| --- | ---: | ---: | ---: | ---: |",
        *rows,
        "",
    ]
    lines += [f"- failed: `{name}`" for name in failures(report)]
    return "\n".join(lines).rstrip() + "\n"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "an unknown commit"


def main(report: str, target: str) -> int:
    """Reads the runner's report and writes the page."""
    source = Path(report)
    if not source.exists():
        print(f"soak: no report at {report}; the run ended before its first test", file=sys.stderr)
        return 1
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    # the report is our own test runner's, written a moment ago
    tree = ET.parse(source).getroot()  # noqa: S314
    Path(target).write_text(page(tree, machine, _commit(), datetime.now(UTC)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:3]))
