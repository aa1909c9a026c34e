"""Proves the suite from outside: each service its own ledgers, and what only several of them together can show."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import grpc

from cli.fleet import operator
from omo.audit.v1 import audit_service_pb2 as pb
from omo.audit.v1 import audit_service_pb2_grpc as rpc
from omo.member.v1 import access_service_pb2_grpc as access_rpc

_DEADLINE = 120.0
_NAMED = 100
_FORGOTTEN = {"inventory": "omoctl repair hold {}", "member": "see checkout in docs/runbook.md"}

# consumer -> publisher -> the full names of the events that it hears
Hearers = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Drift:
    """One number that is not what its journal says."""

    subject: str
    expected: str
    found: str
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """One invariant, how many rows it looked at, and what does not add up."""

    name: str
    examined: int
    drifts: tuple[Drift, ...] = ()


@dataclass(frozen=True, slots=True)
class Prover:
    """Every service's AuditService, asked as the operator."""

    audits: Mapping[str, "rpc.AuditServiceAsyncStub"]
    metadata: tuple[tuple[str, str], ...] = field(repr=False)

    async def own(self, service: str) -> list[Proved]:
        """What a service finds in its own books."""
        reply = await self.audits[service].Prove(pb.ProveRequest(), metadata=self.metadata, timeout=_DEADLINE)
        return [_read(service, check) for check in reply.checks]

    async def events(self, hearers: Hearers) -> list[Proved]:
        """Every event that was recorded has been taken by everybody who hears it; look when the fleet is quiet."""
        # recorded first, taken after: what is recorded between the two questions is no loss
        names = {
            (publisher, name) for heard in hearers.values() for publisher, named in heard.items() for name in named
        }
        recorded = {
            (publisher, name): [one async for one in self._event_ids(publisher, pb.EVENT_SIDE_PUBLISHED, name)]
            for publisher, name in sorted(names)
        }
        proved = []
        for consumer in sorted(hearers.keys() & self.audits.keys()):
            taken = {one async for one in self._event_ids(consumer, pb.EVENT_SIDE_CONSUMED, "")}
            for publisher, named in sorted(hearers[consumer].items()):
                expected = [(name, one) for name in named for one in recorded[publisher, name]]
                proved.append(_heard(consumer, publisher, expected, taken))
        return proved

    async def holds(self) -> list[Proved]:
        """Nothing is held for an order whose checkout has ended; look when the fleet is quiet."""
        proved = []
        for holder in ("inventory", "member"):
            held = {one async for one in self._open(holder)}  # before the orders: a hold never comes first
            running = {one async for one in self._open("order")}
            forgotten = sorted(held - running)
            drifts = (
                Drift(f"order={one}", "released or allocated", "held", _FORGOTTEN[holder].format(one))
                for one in forgotten[:_NAMED]
            )
            proved.append(Proved(f"order and {holder}: holds_have_a_live_order", len(held), tuple(drifts)))
        return proved

    async def _event_ids(self, service: str, side: "pb.EventSide.ValueType", name: str) -> AsyncIterator[str]:
        asked = pb.ListEventIdsRequest(side=side, event_name=name, page_size=1000)
        while True:
            reply = await self.audits[service].ListEventIds(asked, metadata=self.metadata, timeout=_DEADLINE)
            for one in reply.event_ids:
                yield one
            if not reply.next_page_token:
                return
            asked.page_token = reply.next_page_token

    async def _open(self, service: str) -> AsyncIterator[str]:
        asked = pb.ListOpenRequest(page_size=1000)
        while True:
            reply = await self.audits[service].ListOpen(asked, metadata=self.metadata, timeout=_DEADLINE)
            for one in reply.ids:
                yield one
            if not reply.next_page_token:
                return
            asked.page_token = reply.next_page_token


@asynccontextmanager
async def prover(services: Mapping[str, str], secret: str) -> AsyncIterator[Prover]:
    """A prover over the services at these targets; `secret` is the operator's."""
    async with AsyncExitStack() as stack:
        channels = {
            name: await stack.enter_async_context(grpc.aio.insecure_channel(target))
            for name, target in services.items()
        }
        token = await operator.token(access_rpc.AccessServiceStub(channels["member"]), secret)
        audits = {name: rpc.AuditServiceStub(channel) for name, channel in channels.items()}
        yield Prover(audits, (("authorization", f"Bearer {token}"),))


async def everything(services: Mapping[str, str], secret: str, hearers: Hearers) -> list[Proved]:
    """Every service's own checks, then those over several of them."""
    async with prover(services, secret) as asked:
        own = [check for service in services for check in await asked.own(service)]
        return [*own, *await asked.holds(), *await asked.events(hearers)]


def _read(service: str, check: pb.Check) -> Proved:
    drifts = (Drift(each.subject, each.expected, each.found, each.repair) for each in check.drifts)
    return Proved(f"{service}: {check.name}", check.examined, tuple(drifts))


def _heard(consumer: str, publisher: str, expected: Sequence[tuple[str, str]], taken: set[str]) -> Proved:
    lost = [(name, one) for name, one in expected if one not in taken][:_NAMED]
    drifts = (
        Drift(f"{name} {one}", f"taken by {consumer}", "not taken", f"omoctl republish {publisher} --event {one}")
        for name, one in lost
    )
    return Proved(f"{publisher} to {consumer}: events_complete", len(expected), tuple(drifts))
