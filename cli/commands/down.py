"""`omoctl down`: stops the fleet of another terminal, and what a killed one left."""

import typer

from cli import shown
from cli.fleet import running
from cli.stack.home import Home
from cli.stack.servers import stop_leftovers


def register(app: typer.Typer) -> None:
    app.command()(down)


def down() -> None:
    """Stop everything that runs in this home, in order; no other process is ever signalled."""
    shown.run(_down())


async def _down() -> None:
    home = Home.open()
    asked = await running.ask_to_stop(home)
    left = await stop_leftovers(home)
    for name in left:
        shown.line(f"stopped {name}, which an earlier run left behind")
    shown.line("stopped" if asked or left else "nothing was running")
