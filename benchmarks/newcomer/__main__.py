"""What a newcomer waits for, with the README's commands on clean clones: `python -m benchmarks.newcomer`."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine, report

# performance.md, T11 and T12
_FRESH_S, _WARM_S, _TEST_S, _CHECK_S = 180.0, 20.0, 600.0, 60.0
_OURS = ("OMO_", "PYTHON", "VIRTUAL_ENV", "WORKERS", "MAKE")
_READY, _STOPPED = "up; Ctrl-C stops everything", "stopped"
# longer than anything here may take: something has hung
_HUNG_S = 1_800.0


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of its own for clones, caches and the suite's data, so that nothing of this machine helps."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """The login's own, but every cache and all data lie in the folder, and no setting of ours is known."""
        caches = self.root / "caches"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        return kept | {
            "HOME": str(self.root / "home"),
            "XDG_CACHE_HOME": str(caches),
            "UV_CACHE_DIR": str(caches / "uv"),
            "PIP_CACHE_DIR": str(caches / "pip"),
            "OMO_HOME": str(self.root / "data"),
        }

    def clone(self, name: str) -> Path:
        """What is committed, in a new folder."""
        clone = self.root / name
        subprocess.run(["git", "clone", "--quiet", str(machine.CLONE), str(clone)], check=True)
        return clone


@dataclass(frozen=True, slots=True)
class Waited:
    """What was asked for, how long it took, and what it said at its end."""

    what: str
    seconds: float
    target: float
    said: str
    ended_well: bool

    @property
    def met(self) -> bool:
        return self.ended_well and self.seconds < self.target


def demo(place: Place, clone: Path, what: str, target: float) -> Waited:
    """Until the story is told and all stays up; then Ctrl-C, which must end it in order."""
    begun, ready = time.monotonic(), None
    shown: list[str] = []
    process = _start(place, clone, "demo")
    assert process.stdout is not None
    for line in process.stdout:
        shown.append(line.strip())
        if line.strip() == _READY:
            ready = time.monotonic() - begun
            os.killpg(process.pid, signal.SIGINT)
    process.wait(_HUNG_S)
    if ready is None:
        return Waited(what, time.monotonic() - begun, target, shown[-1] if shown else "", ended_well=False)
    told = next((line for line in shown if line.startswith("The story is told")), "the story was not told")
    return Waited(what, ready, target, told, told.startswith("The story") and _STOPPED in shown)


def command(place: Place, clone: Path, target: str, most: float) -> Waited:
    """A target of the Makefile, to its end."""
    begun = time.monotonic()
    process = _start(place, clone, target)
    shown, _ = process.communicate(timeout=_HUNG_S)
    said = shown.strip().splitlines()[-1].strip("= ") if shown.strip() else ""
    return Waited(f"`make {target}`", time.monotonic() - begun, most, said, process.returncode == 0)


def _start(place: Place, clone: Path, target: str) -> "subprocess.Popen[str]":
    (place.root / "home").mkdir(exist_ok=True)
    return subprocess.Popen(
        ["make", target],
        cwd=clone,
        env=place.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def main() -> int:
    """Exits with 1 where a target is missed or a command fails."""
    argparse.ArgumentParser(prog="python -m benchmarks.newcomer", description=__doc__).parse_args()
    busy, place = machine.load(), Place(Path(tempfile.mkdtemp(prefix="omo-newcomer-", dir="/var/tmp")))
    # the suite's data belongs to another user if root starts it: he must be able to enter
    place.root.chmod(0o711)
    try:
        first, second = place.clone("first"), place.clone("second")
        waited = [
            demo(place, first, "`make demo`, nothing fetched before", _FRESH_S),
            demo(place, first, "`make demo` again, with its data", _WARM_S),
            demo(place, second, "`make demo` in another clone, all fetched before", _WARM_S),
            command(place, second, "check", _CHECK_S),
            command(place, second, "test", _TEST_S),
        ]
    finally:
        shutil.rmtree(place.root, ignore_errors=True)
    lines = [
        "From the command to `up` with the story played (T11), and to the end of what proves the clone (T12).",
        "What is fetched comes from this machine's package index, whose distance counts.",
        "",
        *report.table(("what", "seconds", "target", "", "it said"), [_row(one) for one in waited]),
    ]
    report.write("newcomer", "What a newcomer waits for", lines, busy)
    return 0 if all(one.met for one in waited) else 1


def _row(one: Waited) -> list[str]:
    word = "met" if one.met else "MISSED" if one.ended_well else "FAILED"
    return [one.what, f"{one.seconds:.0f}", f"< {one.target:.0f}", word, one.said]


if __name__ == "__main__":
    sys.exit(main())
