"""`omoctl prove`: every balance against its journal, in every service and between them."""

from typing import Annotated

import grpc
import typer

from cli import shown
from cli.fleet import clock as clocks
from cli.fleet import foreground, operator, proof, running
from cli.fleet.plan import service_secret
from cli.fleet.proof import Proved
from cli.fleet.quiet import Watch
from cli.fleet.running import Running
from cli.stack.databases import SERVICES
from cli.stack.home import Home
from cli.stack.trouble import Trouble

_QUIET_WITHIN = 30.0


def register(app: typer.Typer) -> None:
    app.command()(prove)


def prove(
    services: Annotated[
        list[str] | None, typer.Argument(help="Only these, without the checks between services.")
    ] = None,
) -> None:
    """Recompute every balance from its journal; exit 1 and print what drifts, with its repair.

    Without names it also checks what only several services together can show: every event
    was taken by everybody who hears it, and nothing is held for an order that has ended.
    """
    proved = shown.run(_prove(services or []))
    for check in proved:
        shown.line(f"{'DRIFT' if check.drifts else 'ok   '} {check.name:<58} {check.examined:>9,} rows")
        for drift in check.drifts:
            shown.line(f"        {drift.subject}: expected {drift.expected}, found {drift.found}")
            shown.line(f"        → {drift.repair or 'docs/runbook.md, “a balance drifts”'}")
    drifting = sum(bool(check.drifts) for check in proved)
    shown.line(f"{len(proved)} checks, {drifting} drift" if drifting else f"{len(proved)} checks, all proved")
    raise typer.Exit(1 if drifting else 0)


async def _prove(names: list[str]) -> list[Proved]:
    if unknown := set(names) - set(SERVICES):
        raise Trouble(f"no such service: {', '.join(sorted(unknown))}", f"there are {', '.join(SERVICES)}")
    home = Home.open()
    found = running.find(home)
    services = {name: found.processes[name] for name in SERVICES}
    secret = service_secret(home, operator.NAME)
    try:
        if names:
            async with proof.prover(services, secret) as asked:
                return [check for name in names for check in await asked.own(name)]
        return await _everything(home, found, services, secret)
    except grpc.aio.AioRpcError as error:
        raise Trouble(f"a service did not answer: {error.code().name} {error.details()}", "read OMO_HOME/log") from None


async def _everything(home: Home, found: Running, services: dict[str, str], secret: str) -> list[Proved]:
    backing = foreground.backing(home, found.servers, external=found.external)
    clock = clocks.open_clock(backing.valkey(operator.NAME))
    watch = await Watch.open(backing, list(services), clock)
    try:
        await watch.wait(_QUIET_WITHIN)  # what is on its way is no drift
        return await proof.everything(services, secret, await watch.hearers())
    finally:
        await watch.close()
        await clock.close()
