"""`omoctl saga`: checkouts and other timed work that gave up and wait for a person."""

from typing import Annotated

import typer

from cli import shown
from cli.fleet import books, foreground, running
from cli.fleet import clock as clocks
from cli.stack.home import Home
from kit import schedules

_ERROR = 160


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Timed work that gave up: checkouts, captures, expiries.", no_args_is_help=True)
    group.command("list")(show)
    group.command()(retry)
    app.add_typer(group, name="saga")


def show(services: Annotated[list[str] | None, typer.Argument(help="Only of these services.")] = None) -> None:
    """List what gave up, with its last error."""
    shown.run(_show(services or []))


def retry(
    service: Annotated[str, typer.Argument(help="Whose work.")] = "order",
    key: Annotated[str, typer.Argument(help="Only of this key, such as an order id.")] = "",
) -> None:
    """Have what gave up tried again from where it stands; `omoctl saga list` shows what did not get through."""
    shown.run(_retry(service, key))


async def _show(names: list[str]) -> None:
    home, found = Home.open(), 0
    for service in books.known(names):
        async with books.database(home, service) as db:
            for stuck in await schedules.stuck(db):
                found += 1
                shown.line(
                    f"{service:<12} {stuck.kind} {stuck.key} after {stuck.attempt} tries, due {stuck.due_time:%F %T}Z"
                )
                shown.line(f"{'':12} {(stuck.last_error or '').strip()[-_ERROR:]}")
    shown.line(f"{found} need a person" if found else "nothing gave up")


async def _retry(service: str, key: str) -> None:
    books.known([service])
    home = Home.open()
    found = running.find(home)
    clock = clocks.open_clock(foreground.backing(home, found.servers, external=found.external).valkey("operator"))
    now = await clock.now()
    await clock.close()
    count = 0
    async with books.database(home, service) as db:
        chosen = [stuck for stuck in await schedules.stuck(db) if key in ("", stuck.key)]
        async with db.transaction() as tx:
            for stuck in chosen:
                count += await schedules.retry(tx, stuck.kind, stuck.key, now)
    shown.line(f"{count} tried again" if count else "nothing gave up")
