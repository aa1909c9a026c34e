"""A store's till: enrolled once, its facts through the session's journal, its questions by TillService."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import grpc

from cli.demo.brand import StaffMember
from cli.demo.stage import Stage, StoryBroken
from cli.demo.web import Web
from cli.stack.home import write_private
from kit.errors import Fault
from kit.rpc import faults
from omo.storelink.v1 import storelink_service_pb2 as link_pb
from omo.storelink.v1 import till_service_pb2 as pb
from omo.storelink.v1 import till_service_pb2_grpc as rpc
from omo_storelink import Credential, Door, Hears, Till, enrol

_DEADLINE = 30.0
_SYNC = 60.0


class Counter:
    """One till with its session open; questions carry the staff member who has signed in."""

    def __init__(self, stage: Stage, location_id: str, credential: Credential) -> None:
        doors = stage.doors
        self.location_id = location_id
        self.door = Door(doors.store_door, credential, trusted=doors.store_door_ca, now=stage.seconds)
        hears = Hears(tasks=self._hear)
        self.till = Till(
            stage.folder / f"till-{location_id}", self.door, app_version="demo", hears=hears, facts_only=True
        )
        self.staff_token = ""
        self.tasks_changed = asyncio.Event()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.till)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def sign_in(self, person: StaffMember) -> Any:
        """The staff member types code and PIN."""
        self.staff_token = ""
        asked = pb.SignInStaffRequest(staff_code=person.code, pin=person.pin)
        reply = await self.ask(lambda till: till.SignInStaff, asked)
        self.staff_token = reply.session.access_token
        return reply.staff

    async def ask(self, method: Callable[[Any], Any], request: Any) -> Any:
        """Asks TillService; a refusal is raised as the Fault that its owner meant."""
        metadata = await self.door.metadata()
        if self.staff_token:
            metadata = (*metadata, ("omo-staff", f"Bearer {self.staff_token}"))
        try:
            return await method(rpc.TillServiceStub(self.door.channel))(request, metadata=metadata, timeout=_DEADLINE)
        except grpc.aio.AioRpcError as error:
            raise faults.from_rpc(error, "omo.storelink") from None

    async def record(self, fact: Any) -> None:
        """A fact into the journal, and on until the suite has it for good."""
        await self.till.record(fact)
        await self.till.synced(_SYNC)
        if noted := self.till.noted():
            raise StoryBroken(f"the store door did not take what happened: {noted}", "read OMO_HOME/log")

    async def _hear(self, _changed: link_pb.TasksChanged) -> None:
        self.tasks_changed.set()


async def credential(stage: Stage, hq: Web, location_id: str) -> tuple[Credential, bool]:
    """The till's credential (shown once, so kept), and whether it enrolled just now by headquarters' one-time code."""
    place = stage.folder / f"till-{location_id}.json"
    if place.exists():
        return Credential(**json.loads(place.read_text())), False
    code = await hq.post("/v1/hq/terminals/codes", {"location_id": location_id, "name": "Till 1"})
    made = await enrol(stage.doors.store_door, code["code"], trusted=stage.doors.store_door_ca)
    write_private(place, json.dumps({"terminal_id": made.terminal_id, "device_secret": made.device_secret}))
    return made, True


async def refused(asked: Any) -> Fault:
    """The refusal that must come."""
    try:
        found = await asked
    except Fault as fault:
        return fault
    raise StoryBroken(f"a refusal should have come, and {found!r} did", "read OMO_HOME/log")
