"""`omoctl reset`: wipes this home's data."""

import shutil
from typing import Annotated

import typer

from cli import shown
from cli.fleet import running
from cli.stack import child
from cli.stack.home import Home, default_root
from cli.stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    app.command()(reset)


def reset(yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Remove every database, event, secret and log of this home. The servers' programs stay."""
    shown.run(_reset(yes))


async def _reset(yes: bool) -> None:
    if not default_root().exists():
        shown.line("nothing to remove")
        return
    home = Home.open()
    if running.supervisor(home) is not None or child.recall_all(home):
        raise Trouble(f"a fleet runs in {home.root}", "stop it with `omoctl down`")
    if not yes and not typer.confirm(f"remove all data in {home.root}?"):
        raise typer.Exit(1)
    for entry in home.root.iterdir():
        if entry == home.bin:
            continue
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    shown.line(f"removed the data in {home.root}")
