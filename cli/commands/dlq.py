"""`omoctl dlq`: the events that a consumer gave up on."""

from typing import Annotated

import typer

from cli import shown
from cli.fleet import books
from cli.stack.home import Home
from cli.stack.trouble import Trouble
from kit import dead_letters

_SHOWN = 100
_ERROR = 160


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Events that a consumer gave up on.", no_args_is_help=True)
    group.command("list")(show)
    group.command()(replay)
    app.add_typer(group, name="dlq")


def show(services: Annotated[list[str] | None, typer.Argument(help="Only of these consumers.")] = None) -> None:
    """List dead letters, oldest first, with the error that they met."""
    shown.run(_show(services or []))


def replay(
    service: Annotated[str, typer.Argument(help="Whose consumer shall take them again.")],
    event: Annotated[list[str] | None, typer.Option(help="Only this event; may be repeated.")] = None,
) -> None:
    """Have a consumer take its dead letters again, beside the stream; nobody else sees them twice."""
    shown.run(_replay(service, event))


async def _show(names: list[str]) -> None:
    home, found = Home.open(), 0
    for service in books.known(names):
        async with books.database(home, service) as db:
            for letter in await dead_letters.waiting(db, _SHOWN):
                found += 1
                shown.line(f"{service:<12} {letter.event_id} {letter.subject} after {letter.deliveries} deliveries")
                shown.line(f"{'':12} {letter.error.strip().splitlines()[-1][:_ERROR] if letter.error.strip() else ''}")
    shown.line(f"{found} dead letters" if found else "no dead letters")


async def _replay(service: str, events: list[str] | None) -> None:
    books.known([service])
    async with books.database(Home.open(), service) as db:
        asked = await dead_letters.replay(db, events)
    if events and asked < len(events):
        raise Trouble(
            f"{asked} of {len(events)} events wait in {service}'s dead letters", f"`omoctl dlq list {service}`"
        )
    shown.line(f"{asked} asked for; those that fail again are back in `omoctl dlq list`")
