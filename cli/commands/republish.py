"""`omoctl republish`: recorded events sent again."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import shown
from cli.fleet import books
from cli.fleet import clock as clocks
from cli.stack.home import Home
from cli.stack.trouble import Trouble
from kit import republishing


def register(app: typer.Typer) -> None:
    app.command()(republish)


def republish(
    service: Annotated[str, typer.Argument(help="Whose events.")],
    since: Annotated[str, typer.Option(help="A span back from now such as 2h or 1d, or an RFC 3339 time.")] = "",
    event: Annotated[list[str] | None, typer.Option(help="Only this event id; may be repeated.")] = None,
) -> None:
    """Publish recorded events again under their old ids; consumers that had them do nothing twice.

    The outbox keeps a week. The broker itself forgets an id after two minutes: wait as long after a first try.
    """
    shown.run(_republish(service, since, event or []))


async def _republish(service: str, since: str, events: list[str]) -> None:
    books.known([service])
    if bool(since) == bool(events):
        raise Trouble("say which events: either --since or --event", "`omoctl republish order --since 2h`")
    async with books.database(Home.open(), service) as db:
        count = await (republishing.these(db, events) if events else republishing.since(db, _moment(since)))
    shown.line(f"{count} events of {service} go out again; `omoctl prove` tells whether all were taken")


def _moment(text: str) -> datetime:
    """Real time, not the fleet's: the outbox is kept by the database's clock."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.now(UTC) - clocks.span(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
