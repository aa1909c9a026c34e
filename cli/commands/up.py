"""`omoctl up`: everything, in this terminal."""

from enum import StrEnum
from typing import Annotated

import typer

from cli import shown
from cli.fleet import foreground
from cli.stack.home import Home


class Profile(StrEnum):
    """What the processes are told that they are for."""

    DEMO = "demo"
    TEST = "test"
    DEVELOPMENT = "development"


def register(app: typer.Typer) -> None:
    app.command()(up)


def up(
    external: Annotated[bool, typer.Option(help="Use the servers that OMO_POSTGRES_DSN, … name.")] = False,
    free_ports: Annotated[bool, typer.Option(help="Take any free ports instead of the usual ones.")] = False,
    profile: Annotated[Profile, typer.Option(help="demo and test may move the clock.")] = Profile.DEMO,
    currency: Annotated[str, typer.Option(help="The brand's currency, ISO 4217.")] = "TWD",
    time_zone: Annotated[str, typer.Option(help="The brand's IANA zone.")] = "Asia/Taipei",
) -> None:
    """Start the servers, migrate, start every process; Ctrl-C stops them in order."""
    settings = (("CURRENCY", currency), ("TIME_ZONE", time_zone))
    wishes = foreground.Wishes(profile.value, external, free_ports, settings)
    shown.run(_up(wishes))


async def _up(wishes: foreground.Wishes) -> None:
    await foreground.run(Home.open(), wishes, shown.line)
