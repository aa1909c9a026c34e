"""Headquarters: the stores' staff and terminals."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    NextPage,
    PageSize,
    PageToken,
    Shown,
    StaffCode,
    Time,
    Version,
    When,
    eg,
)
from omo.member.v1 import access_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: staff"])

LocationQuery = Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: all.")]
StaffRole = Literal["cashier", "adviser", "manager"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class StaffIn(Asked):
    """A staff member as he should be."""

    staff_code: StaffCode
    display_name: Annotated[Name, eg("林佳怡")]
    home_location_id: LocationId
    roles: Annotated[list[StaffRole], Field(max_length=3), eg(["adviser"])]
    location_ids: Annotated[list[LocationId], Field(max_length=100), eg(["TPE01"], "Where else he may sign in.")] = []
    active: Annotated[bool, eg(True)] = True
    start_time: When | None = None
    end_time: Annotated[When | None, eg(None)] = None


class PutStaff(Asked):
    """The staff member, and a new PIN if he is to have one."""

    staff: StaffIn
    pin: Annotated[str, StringConstraints(pattern=r"^(|[0-9]{4,8})$"), eg("2580", "Empty keeps the present one.")] = ""


class Staff(Shown):
    """A member of a store's staff."""

    staff_code: StaffCode
    display_name: Annotated[str, eg("林佳怡")]
    home_location_id: LocationId
    roles: Annotated[list[str], eg(["adviser"])]
    location_ids: Annotated[list[str], eg(["TPE01"])]
    active: Annotated[bool, eg(True)]
    start_time: Time | None
    end_time: Time | None
    version: Version


class StaffAnswer(Shown):
    """The staff member as he is now."""

    staff: Staff


class StaffPage(Shown):
    """Staff by code, those who left too."""

    staff: list[Staff]
    next_page_token: NextPage


class CreateTerminalCode(Asked):
    """Where the terminal stands."""

    location_id: LocationId
    name: Annotated[Name, eg("Till 1")]


class TerminalCode(Shown):
    """A one-time code for 15 minutes: type it into the till."""

    code: Annotated[str, eg("7KQ2-MX9P")]
    expire_time: Time | None


class Terminal(Shown):
    """A store system."""

    terminal_id: Annotated[str, eg("0199a5be-2e30-7c77-9d88-60718293a4b5")]
    location_id: LocationId
    name: Annotated[str, eg("Till 1")]
    active: Annotated[bool, eg(True)]
    version: Version


class TerminalPage(Shown):
    """Terminals, revoked ones too."""

    terminals: list[Terminal]
    next_page_token: NextPage


class Revoke(Asked):
    """Why."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200), eg("STOLEN")]


class Revoked(Shown):
    """When the last token that the terminal may still hold has expired."""

    tokens_expire_time: Time | None


@router.put("/v1/hq/staff", operation_id="put_staff", response_model=StaffAnswer)
async def put_staff(body: PutStaff, ask: Asking) -> Response:
    """Creates or changes a staff member; a new PIN ends the old one."""
    request = translation.fill(pb.PutStaffRequest(request_id=ask.key), body)
    return asking.answer(StaffAnswer, await ask(ask.to.access.PutStaff, request))


@router.get("/v1/hq/staff", operation_id="list_staff", response_model=StaffPage)
async def list_staff(
    ask: Asking, location: LocationQuery = "", page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """Staff by code."""
    request = pb.ListStaffRequest(location_id=location, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.access.ListStaff, request)
    return asking.page(Staff, "staff", reply.staff, reply.next_page_token)


@router.post(
    "/v1/hq/terminals/codes", operation_id="create_terminal_code", response_model=TerminalCode, status_code=201
)
async def create_terminal_code(body: CreateTerminalCode, ask: Asking) -> Response:
    """A one-time code by which a terminal of that store enrols."""
    request = pb.CreateTerminalCodeRequest(request_id=ask.key, location_id=body.location_id, name=body.name)
    return asking.answer(TerminalCode, await ask(ask.to.access.CreateTerminalCode, request), 201)


@router.get("/v1/hq/terminals", operation_id="list_terminals", response_model=TerminalPage)
async def list_terminals(
    ask: Asking, location: LocationQuery = "", page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """Terminals of a store, or of all."""
    request = pb.ListTerminalsRequest(location_id=location, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.access.ListTerminals, request)
    return asking.page(Terminal, "terminals", reply.terminals, reply.next_page_token)


@router.post("/v1/hq/terminals/{terminal_id}/revoke", operation_id="revoke_terminal", response_model=Revoked)
async def revoke_terminal(
    terminal_id: Annotated[str, Path(max_length=64, examples=["0199a5be-2e30-7c77-9d88-60718293a4b5"])],
    body: Revoke,
    ask: Asking,
) -> Response:
    """The terminal is no longer trusted."""
    request = pb.RevokeTerminalRequest(request_id=ask.key, terminal_id=terminal_id, reason=body.reason)
    return asking.answer(Revoked, await ask(ask.to.access.RevokeTerminal, request))
