"""One process of ours: started, remembered in a pid file, watched, stopped in order."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.stack.home import CALLER, Home, Owner, write_private

_TICK = 0.05


def identity(pid: int) -> str | None:
    """What tells this process from a later one with the same number; None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None if Path("/proc/self").exists() else _identity_by_ps(pid)
    state, *rest = stat[stat.rindex(")") + 2 :].split()
    return None if state in "ZX" else rest[18]


def _identity_by_ps(pid: int) -> str | None:
    """macOS has no /proc."""
    shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    text = shown.stdout.strip()
    return None if not text or text.startswith("Z") else text.split(maxsplit=1)[1]


def children(pid: int) -> list[int]:
    """The direct children of a process that we started."""
    proc = Path("/proc")
    if (proc / "self").exists():
        parents = ((int(entry.name), _parent(entry)) for entry in proc.iterdir() if entry.name.isdigit())
        return [found for found, parent in parents if parent == pid]
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = (line.split() for line in listed.splitlines())
    return [int(found) for found, parent in pairs if int(parent) == pid]


def _parent(entry: Path) -> int | None:
    try:
        stat = (entry / "stat").read_text()
    except OSError:
        return None
    return int(stat[stat.rindex(")") + 2 :].split()[1])


@dataclass(slots=True)
class Child:
    """A process that this supervisor, or an earlier one, started; no other process is ever signalled."""

    name: str
    pid: int
    born: str
    pid_file: Path
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def alive(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            return False
        return identity(self.pid) == self.born

    @property
    def exit_code(self) -> int | None:
        return self.process.poll() if self.process else None

    def send(self, number: signal.Signals) -> None:
        """Signals the process, if it is still the one that was started."""
        if self.alive:
            os.kill(self.pid, number)

    async def stop(self, number: signal.Signals = signal.SIGTERM, patience: float = 30.0) -> None:
        """Asks it to end, waits, kills it when patience ends."""
        self.send(number)
        if not await self.gone(patience):
            self.send(signal.SIGKILL)
            await self.gone(10.0)
        self.pid_file.unlink(missing_ok=True)

    async def gone(self, patience: float) -> bool:
        """Whether it ended within `patience` seconds."""
        end = time.monotonic() + patience
        while self.alive:
            if time.monotonic() > end:
                return False
            await asyncio.sleep(_TICK)
        if self.process is not None:
            self.process.wait()
        return True

    def last_words(self, lines: int = 6) -> str:
        """The end of its log, for the one who asks why it stopped."""
        if not self.log.exists():
            return ""
        return "\n".join(map(_readable, self.log.read_text(errors="replace").splitlines()[-lines:]))

    def end(self, when: str = "") -> str:
        """How it ended, in a line; the last words of one that was killed are about other things."""
        code = self.exit_code
        if code is not None and code < 0:
            return f"{self.name} was killed{when} by {signal.Signals(-code).name}"
        return f"{self.name} ended{when} with code {code}: {self.last_words(1) or 'it said nothing'}"


def _readable(line: str) -> str:
    """A line of a log for people; what a process of ours writes is JSON for machines."""
    try:
        said = json.loads(line)
    except ValueError:
        return line
    if not isinstance(said, dict) or "event" not in said:
        return line
    return ": ".join([*(str(said[key]) for key in ("event", "error") if said.get(key)), *_kinds(said.get("exception"))])


def _kinds(traced: object) -> list[str]:
    """What was raised, the first cause first, and where the last of it was."""
    lines = str(traced or "").splitlines()
    kinds = [line for line in lines if not line.startswith(" ")]
    return [*kinds, lines[-1].strip()] if kinds and lines[-1] not in kinds else kinds


def spawn(
    home: Home,
    name: str,
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    owner: Owner = CALLER,
    folder: Path | None = None,
) -> Child:
    """Starts a process in a session of its own: Ctrl-C reaches the supervisor only, which stops things in order."""
    log = home.log(name)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=dict(environment),
            cwd=folder or home.root,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **owner.popen(),
        )
    return Child(name, process.pid, remember(home, name, process.pid), home.pid_file(name), log, process)


def stop_signal(name: str) -> signal.Signals:
    """Postgres takes SIGTERM as "wait for every session"; all others as "end in order"."""
    return signal.SIGINT if name == "postgres" else signal.SIGTERM


def remember(home: Home, name: str, pid: int) -> str:
    """Writes a process down as this home's; gives what tells it from a later one with the same number."""
    born = identity(pid) or ""
    write_private(home.pid_file(name), json.dumps(_record(home, name, pid, born)))
    return born


def recall(home: Home, name: str) -> Child | None:
    """The process that an earlier supervisor left running under this name, if it still runs.

    A file that does not say exactly what `remember` says here, on this
    start of the machine, is not believed: it may have come with a copied
    home, and its process be another home's.
    """
    pid_file = home.pid_file(name)
    kept = _kept(pid_file)
    if kept is None:
        return None
    child = Child(name, kept["pid"], kept["born"], pid_file, home.log(name))
    if kept == _record(home, name, child.pid, child.born) and child.alive:
        return child
    pid_file.unlink(missing_ok=True)
    return None


def recall_all(home: Home) -> list[Child]:
    """Every process of this home that still runs, except the one that asks."""
    found = (recall(home, path.stem) for path in sorted((home.root / "run").glob("*.json")))
    return [child for child in found if child is not None and child.pid != os.getpid()]


def _record(home: Home, name: str, pid: int, born: str) -> dict[str, Any]:
    return {"pid": pid, "born": born, "name": name, "home": str(home.root.resolve()), "boot": _boot()}


def _kept(pid_file: Path) -> dict[str, Any] | None:
    """What a file says of a process; None for one that speaks of something else, or of nothing."""
    try:
        kept = json.loads(pid_file.read_text())
    except (OSError, ValueError):
        return None
    told = isinstance(kept, dict) and isinstance(kept.get("pid"), int) and isinstance(kept.get("born"), str)
    return kept if told and kept["pid"] > 1 and kept["born"] else None


def _boot() -> str:
    """Which start of the machine this is: numbers and start times are counted anew from it. macOS counts from 1970."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
