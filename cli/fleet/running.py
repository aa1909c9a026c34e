"""The fleet that runs in a home, for the commands that talk to it from another terminal."""

import os
import signal
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cli.fleet.plan import Plan
from cli.stack import child
from cli.stack.child import Child
from cli.stack.home import Home
from cli.stack.servers import Ports
from cli.stack.trouble import Trouble

SUPERVISOR = "omoctl"
_NOTE = "fleet"


@dataclass(frozen=True, slots=True)
class Running:
    """Where everything is. Secrets stay in the home's own files."""

    profile: str
    external: bool
    servers: Ports
    processes: dict[str, str]
    metrics: dict[str, str]
    certificate_authority: str
    # settings that every process was given, by name without the prefix
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def gateway_url(self) -> str:
        return f"http://{self.processes['gateway']}"

    @property
    def door(self) -> str:
        """The store door's gRPC target; its certificate is signed by `certificate_authority`."""
        return self.processes["storelink"]


def note(home: Home, plan: Plan, servers: Ports, *, external: bool) -> Running:
    """Writes down where the fleet is."""
    running = Running(
        plan.profile,
        external,
        servers,
        {name: place.listen for name, place in plan.places.items()},
        {name: place.metrics for name, place in plan.places.items()},
        str(plan.certificates.authority),
        dict(plan.extra),
    )
    home.note(_NOTE, asdict(running))
    return running


def find(home: Home) -> Running:
    """The fleet of this home; refuses when none runs."""
    noted = home.noted(_NOTE)
    if supervisor(home) is None or not isinstance(noted, dict):
        raise Trouble(f"no fleet runs in {home.root}", "start one with `omoctl up` or `make demo`")
    return Running(**{**noted, "servers": Ports(**noted["servers"])})


def forget(home: Home) -> None:
    (home.root / "run" / _NOTE).unlink(missing_ok=True)


def supervisor(home: Home) -> Child | None:
    """The omoctl that runs a fleet in this home."""
    return child.recall(home, SUPERVISOR)


def become_supervisor(home: Home) -> Path:
    """Writes this process down as the home's supervisor; there can be one."""
    if (other := supervisor(home)) is not None:
        raise Trouble(f"a fleet already runs in {home.root} (pid {other.pid})", "stop it with `omoctl down`")
    child.remember(home, SUPERVISOR, os.getpid())
    return home.pid_file(SUPERVISOR)


async def ask_to_stop(home: Home, patience: float = 120.0) -> bool:
    """Asks the supervisor to end, which stops everything in order; False if there is none."""
    running = supervisor(home)
    if running is None:
        return False
    await running.stop(signal.SIGTERM, patience)
    return True
