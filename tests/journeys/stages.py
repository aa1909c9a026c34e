"""The shared fleet as a stage, and shoppers who are new to the brand."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cli.demo import claiming, story
from cli.demo.playing import inviting
from cli.demo.stage import Doors, Stage, until
from cli.demo.tale import Shopper, Tale
from cli.demo.web import Refusal, Web
from cli.fleet import proof
from cli.fleet.quiet import Watch
from cli.stack.databases import SERVICES
from tests.harness.fleet import TestFleet


def stage_of(fleet: TestFleet, folder: Path, say: Callable[[str], None] = print) -> Stage:
    """What `omoctl demo` builds of a home's fleet, built of the fleet that the tests share."""
    services = {name: fleet.target(name) for name in SERVICES}

    async def prove() -> tuple[int, list[str]]:
        watch = await Watch.open(fleet.fleet.plan.backing, SERVICES, fleet.clock)
        try:
            proved = await proof.everything(services, fleet.operator_secret(), await watch.hearers())
        finally:
            await watch.close()
        return len(proved), [f"{check.name}: {drift}" for check in proved for drift in check.drifts]

    # worlds that faults harm start nobody who stands in for LINE
    line = f"http://{fleet.target('messaging')}" if "messaging" in fleet.fleet.plan.places else ""
    return Stage(
        doors=Doors(fleet.gateway_url, fleet.door_target, fleet.door_ca, line),
        folder=folder,
        clock=fleet.clock,
        invite=inviting(fleet.target("member"), fleet.operator_secret()),
        member_log=lambda: fleet.log("member"),
        settle=fleet.quiesce,
        prove=prove,
        say=say,
    )


def stranger() -> Shopper:
    """Somebody whom the brand has never seen."""
    return Shopper(f"091{secrets.randbelow(10**7):07d}")


@asynccontextmanager
async def opened(fleet: TestFleet, folder: Path) -> AsyncIterator[Tale]:
    """The brand is loaded, a till is enrolled, and a new shopper has signed in by himself."""
    stage = stage_of(fleet, folder, lambda _: None)
    await stage.look_at_clock()
    async with Web(fleet.gateway_url) as web:
        tale = await story.prepare(stage, web, stranger())
        await sign_in(tale)
        yield tale


async def sign_in(tale: Tale, join_token: str = "") -> None:
    """By telephone, and with a LINE login that waited for it; the code is read where the console sender prints it."""
    challenge_id, code = await login_code(tale)
    body = {
        "challenge_id": challenge_id,
        "code": code,
        "device_id": tale.shopper.device,
        "display_name": tale.shopper.name,
        "join_token": join_token,
    }
    signed_in = await tale.web.post("/v1/auth/otp/verify", body)
    tale.member_id, tale.session = signed_in["member"]["member_id"], signed_in["session"]


async def login_code(tale: Tale) -> tuple[str, str]:
    """A challenge and the code that was sent for it."""
    sent = await tale.web.post("/v1/auth/otp", {"phone": tale.shopper.phone, "device_id": tale.shopper.device})
    challenge_id: str = sent["challenge_id"]
    return challenge_id, await printed_code(tale, challenge_id)


async def printed_code(tale: Tale, challenge_id: str) -> str:
    """The code that was sent for a challenge."""

    async def read() -> str:
        return claiming.code_of(tale.stage.member_log(), challenge_id)

    return await until("the code", read, bool)


async def desk(tale: Tale, role: str) -> Web:
    """Somebody at headquarters who has that role and no other."""
    invited = await tale.hq.post("/v1/hq/invites", {"display_name": f"Desk of {role}", "roles": [role]})
    body = {"invite_token": invited["invite_token"], "device_id": f"desk-{role}"}
    return tale.web.as_((await tale.web.post("/v1/hq/auth/redeem", body))["session"]["access_token"])


async def refused(asked: Any) -> Refusal:
    """The refusal that must come; a call that succeeds fails the test."""
    try:
        answer = await asked
    except Refusal as refusal:
        return refusal
    raise AssertionError(f"not refused: {answer}")
