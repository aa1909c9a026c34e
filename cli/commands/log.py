"""`omoctl log`: what a process of this home has written."""

from typing import Annotated

import typer

from cli import shown
from cli.stack.home import Home
from cli.stack.trouble import Trouble


def register(app: typer.Typer) -> None:
    app.command()(log)


def log(name: Annotated[str, typer.Argument(help="Such as member, order, gateway or postgres.")]) -> None:
    """Print the log of one process or server."""
    shown.run(_log(name))


async def _log(name: str) -> None:
    folder = Home.open().root / "log"
    file = folder / f"{name}.log"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) or "none yet"
        raise Trouble(f"{name} has no log here", f"logs: {known}")
    typer.echo(file.read_text(encoding="utf-8", errors="replace"), nl=False)
