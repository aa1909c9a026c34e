"""Opens a service's own database for its keeper's commands: dead letters, the outbox, timers that gave up."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from cli.fleet import foreground, running
from cli.stack.databases import SERVICES
from cli.stack.home import Home
from cli.stack.trouble import Trouble
from kit.postgres import Database


@asynccontextmanager
async def database(home: Home, service: str) -> AsyncIterator[Database]:
    """The database of a service of this home's running fleet."""
    found = running.find(home)
    backing = foreground.backing(home, found.servers, external=found.external)
    db = await Database.open(backing.postgres_owner(service), size=1)
    try:
        yield db
    finally:
        await db.close()


def known(names: Iterable[str]) -> tuple[str, ...]:
    """These services, or all."""
    chosen = tuple(names)
    if unknown := set(chosen) - set(SERVICES):
        raise Trouble(f"no such service: {', '.join(sorted(unknown))}", f"there are {', '.join(SERVICES)}")
    return chosen or SERVICES
