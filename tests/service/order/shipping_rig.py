"""A store that sends: its parcels, a carrier that speaks HTTP and signs, and what it says."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from omo.order.v1 import fulfilment_care_service_pb2 as care_pb
from omo.order.v1 import fulfilment_care_service_pb2_grpc as care_rpc
from omo.order.v1 import parcel_pb2
from omo.order.v1 import shipping_service_pb2 as pb
from omo.order.v1 import shipping_service_pb2_grpc as rpc
from services.member.contacts import naming
from simulators.carrier.notices import Teller
from simulators.carrier.store import Book
from simulators.carrier.web import Door
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER
from tests.service.order.rig import SECRET, SERVICE_SECRET, Rig, eventually
from tests.service.order.sourcing_rig import Sourcing, decided, state_of

HOME = "110 台北市信義區松高路 11 號"


@dataclass(slots=True)
class Sender:
    """The staff of stores that send, and their carrier's couriers."""

    rig: Rig
    url: str = ""
    heard: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    sourcing: Sourcing = field(init=False)
    stub: Any = field(init=False)
    care: Any = field(init=False)

    def __post_init__(self) -> None:
        self.sourcing = Sourcing(self.rig)
        self.stub = rpc.ShippingServiceStub(self.rig.channel)
        self.care = care_rpc.FulfilmentCareServiceStub(self.rig.channel)

    async def order(
        self, *goods: tuple[str, int], address: str = HOME, place: str = "TPE01", decision: str = "d1"
    ) -> Any:
        """An order that a store is to send, and its task."""
        contact_id = naming.contact_id(naming.key(SERVICE_SECRET), MEMBER, datetime.now(UTC))
        self.rig.world.sending.addresses[contact_id] = address
        order = await self.sourcing.order(*goods, contact_id=contact_id, masked_name="陳○明")
        given = [(number, place, many, decision) for number, (_, many) in enumerate(goods, 1)]
        await self.sourcing.hear(decided(order.order_id, 2, *given))
        return await self.rig.get(order.order_id)

    async def picked(self, *goods: tuple[str, int], **more: Any) -> Any:
        """The task of such an order, being picked."""
        order = await self.order(*goods, **more)
        task = order.fulfilments[0]
        for verb in ("Accept", "Pick"):
            await self.step(verb, task.fulfilment_id, place=task.location_id)
        return await self.task(order.order_id)

    async def step(self, verb: str, task_id: str, place: str = "TPE01", **more: Any) -> Any:
        return await self.sourcing.store.step(verb, task_id, token=self.rig.staff(place), **more)

    async def do(self, verb: str, token: str = "", stub: Any = None, contract: Any = pb, **more: Any) -> Any:
        """One call of sending, or of care for tasks, by the staff of TPE01 unless another token is given."""
        given = {key: value for key, value in ({"request_id": str(uuid.uuid4())} | more).items() if value is not None}
        request = getattr(contract, f"{verb}Request")(**given)
        return await self.rig.call(getattr(stub or self.stub, verb), request, token or self.rig.staff("TPE01"))

    async def tend(self, verb: str, token: str = "", **more: Any) -> Any:
        return await self.do(verb, token or self.rig.hq(), self.care, care_pb, **more)

    async def task(self, order_id: str, number: int = 0) -> Any:
        return (await self.rig.get(order_id)).fulfilments[number]

    async def packed(self, task: Any, *parcels: Any, until: str = "BOOKED") -> Any:
        """The task in its parcels, each as far as its carrier's answer brings it."""
        await self.do("PackFulfilment", fulfilment_id=task.fulfilment_id, parcels=parcels)

        async def answered() -> Any:
            found = await self.task(task.order_id)
            return found if {parcel_state(one) for one in found.parcels} == {until} else None

        return await eventually(answered)

    async def scan(self, parcel: Any, kind: str = "", **more: Any) -> None:
        """A courier says something of a parcel; the shop has heard it afterwards."""
        before = len(self.heard)
        said = {"kind": kind} if kind else {}
        where = f"{self.url}/scans/{parcel.tracking_no}"
        async with aiohttp.ClientSession() as session, session.post(where, json=said | more) as reply:
            assert reply.status == 200, await reply.text()

        async def told() -> bool:
            return len(self.heard) > before

        await eventually(told)


def parcel_state(given: Any) -> str:
    return parcel_pb2.ParcelState.Name(given.state).removeprefix("PARCEL_STATE_")


def states(task: Any) -> tuple[str, list[str]]:
    """A task's state, and those of its parcels."""
    return state_of(task), [parcel_state(one) for one in task.parcels]


@asynccontextmanager
async def sending(databases: Databases) -> AsyncIterator[Sender]:
    """The service with a carrier that calls back."""
    book, hook = Book(None), web.Application()
    heard: list[tuple[bytes, dict[str, str]]] = []
    found: list[Sender] = []

    async def hear(request: web.Request) -> web.Response:
        body, headers = await request.read(), {key.lower(): value for key, value in request.headers.items()}
        told = pb.RecordTrackingRequest(carrier="simulator", body=body, headers=headers)
        await found[0].rig.call(found[0].stub.RecordTracking, told, "")
        heard.append((body, headers))
        return web.Response(status=204)

    hook.router.add_post("/hook", hear)
    runner = web.AppRunner(hook, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    teller = Teller(book, f"http://{host}:{port}/hook", SECRET)
    door = Door("127.0.0.1:0", "", book, teller)
    url = f"http://{await door.start()}"
    telling = asyncio.create_task(teller.run())
    try:
        async with rigs.running(databases, more={"OMO_CARRIER_URL": url, "OMO_CARRIER_SECRET": SECRET}) as rig:
            found.append(Sender(rig, url, heard))
            yield found[0]
    finally:
        teller.stop()
        await telling
        await door.stop()
        await runner.cleanup()
        book.close()
