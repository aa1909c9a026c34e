"""`omoctl config`: what each process was told."""

import re
from collections.abc import Mapping
from typing import Annotated

import typer

from cli import shown
from cli.fleet import fleet as fleets
from cli.fleet import foreground, running
from cli.fleet.environment import environment
from cli.fleet.plan import Place
from cli.fleet.roster import ROSTER
from cli.stack.home import Home
from cli.stack.trouble import Trouble

_MASK = "********"
_SECRET = re.compile(r"(SECRET|SECRETS|SEED|KEY|TOKEN)$")
_LOGIN = re.compile(r"(?<=://)([^:/@]+):[^@/]+@")


def register(app: typer.Typer) -> None:
    app.command()(config)


def config(process: Annotated[str, typer.Argument(help="Only this process.")] = "") -> None:
    """Print every OMO_ setting that the running processes were given; secrets are masked."""
    shown.run(_config(process))


async def _config(name: str) -> None:
    home = Home.open()
    found = running.find(home)
    chosen = [entry for entry in ROSTER if name in ("", entry.name)]
    if not chosen:
        raise Trouble(f"no such process: {name}", f"there are {', '.join(entry.name for entry in ROSTER)}")
    where = {one: Place(listen, found.metrics[one]) for one, listen in found.processes.items()}
    backing = foreground.backing(home, found.servers, external=found.external)
    plan = fleets.plan(home, backing, found.profile, where, extra=found.settings)
    for entry in chosen:
        shown.line(f"{entry.name}  python -m {entry.module}")
        for setting, value in masked(environment(plan, entry)).items():
            shown.line(f"  {setting}={value}")


def masked(told: Mapping[str, str]) -> dict[str, str]:
    """Our own settings, without anything that opens a door; the file of a key is no secret, its content is."""
    ours = {setting: value for setting, value in sorted(told.items()) if setting.startswith("OMO_")}
    return {
        setting: _MASK if _SECRET.search(setting) else _LOGIN.sub(rf"\1:{_MASK}@", value)
        for setting, value in ours.items()
    }
