"""Sourcing as tests drive it: places with stock, confirmed orders, and the timers that fall due."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit import access
from kit.inbox import Event, Inbox
from kit.timers import Due, InTx, Leased
from omo.inventory.v1 import sourcing_pb2
from omo.inventory.v1 import sourcing_service_pb2 as pb
from omo.inventory.v1 import sourcing_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2 as facts
from omo.type.v1 import actor_pb2, event_pb2, trade_pb2
from services.inventory import sending
from services.inventory.sourcing.usecases import DECIDE, GIVE_UP
from services.inventory.sourcing.usecases_refusals import REFUSED
from tests.service.inventory.conftest import HQ, Inventory, new

SHIP = trade_pb2.FULFILMENT_METHOD_SHIP
COLLECT = trade_pb2.FULFILMENT_METHOD_COLLECT
ADMIN = {"audience": "hq", "sub": "hq-2", "roles": ["admin"]}
ORDER = {"audience": "service", "sub": "order"}


def manager(location_id: str = "TPE01") -> dict[str, Any]:
    return {
        "audience": "staff",
        "sub": "s1",
        "roles": ["manager"],
        "locations": [location_id],
        "staff_code": "A102",
        "terminal": "till-1",
    }


@dataclass(slots=True)
class Sourced:
    """The sourcing part of a running inventory service."""

    inventory: Inventory
    rpc: rpc.SourcingServiceStub

    async def call(self, name: str, who: Mapping[str, Any] = HQ, **given: Any) -> Any:
        request = getattr(pb, f"{name}Request")
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            given.setdefault("request_id", new())
        return await self.inventory.call(getattr(self.rpc, name), request(**given), who)

    async def chain(self, levels: Mapping[tuple[str, str], int], **places: dict[str, Any]) -> None:
        """Stores that ship, with so much on hand; what a place differs in stands by its code."""
        await self.inventory.stocked(levels)
        codes = sorted({place for _, place in levels})
        for code in codes:
            await self.inventory.put_locations(code, **{"ships": True, **places.get(code, {})})

    async def order(self, *lines: tuple[Any, ...], channel_id: str = "web", settle: bool = True) -> str:
        """A confirmed order: (sku, quantity) is shipped from wherever; a third value is the store that he chose."""
        order_id = new()
        event = confirmed(order_id, *lines, channel_id=channel_id)
        # the service looks back so many days from its clock, which is today's
        event.facts.business_time.FromDatetime(self.inventory.clock())
        await self.hear(event)
        if settle:
            await self.fire()
        return order_id

    async def hear(self, *told: Any) -> None:
        """Through the inbox, by stock's reaction and sourcing's, as the service is put together."""
        ground = self.inventory.ground
        reactions = sending.reactions(ground.clock, ground.book)
        inbox = Inbox("inventory", [*ground.reactions.handlers(), *reactions.handlers()])
        for event in told:
            event.meta.event_id = event.meta.event_id or new()
        with access.acting_as(access.service("inventory")):
            async with self.inventory.db.transaction() as tx:
                await inbox.take(tx, [Event(one.meta.event_id, one.DESCRIPTOR.full_name, one) for one in told])

    async def fire(self, *, minutes: float = 1.1, alone: bool = False, only: str = "") -> int:
        """Moves the clock, and does what falls due as the loop of timers does it; gives how many."""
        self.inventory.clock.advance(minutes=minutes)
        handlers = sending.timers(self.inventory.db, self.inventory.clock, self.inventory.ground.book)
        fired = 0
        for kind in [only] if only else [REFUSED, DECIDE, GIVE_UP]:
            handler = handlers[kind]
            if isinstance(handler, Leased):
                fired += await self._fire_leased(kind, handler)
            else:
                fired += await self._fire(kind, handler, alone or not handler.bulk)
        return fired

    async def _fire(self, kind: str, handler: InTx, alone: bool) -> int:
        with access.acting_as(access.service("inventory")):
            async with self.inventory.db.transaction() as tx:
                rows = await tx.fetch(
                    "DELETE FROM timers WHERE kind = $1 AND next_time <= $2 "
                    "RETURNING kind, key, payload, attempt, fence, due_time",
                    kind,
                    self.inventory.clock(),
                )
                dues = sorted((Due(**row) for row in rows), key=lambda due: due.key)
                for some in [[due] for due in dues] if alone else [dues]:
                    if some:
                        await handler.run(tx, some)
        return len(dues)

    async def _fire_leased(self, kind: str, handler: Leased) -> int:
        async with self.inventory.db.read() as tx:
            rows = await tx.fetch(
                "SELECT kind, key, payload, attempt, fence, due_time FROM timers WHERE kind = $1 AND next_time <= $2",
                kind,
                self.inventory.clock(),
            )
        with access.acting_as(access.service("inventory")):
            for row in rows:
                await handler.handler(Due(**row))
        return len(rows)

    async def places(self, order_id: str) -> dict[int, str]:
        """Where each line leaves from."""
        found = (await self.call("GetSourcing", order_id=order_id)).sourcing
        return {one.line_no: one.location_id for one in found.assignments}

    async def state(self, order_id: str) -> str:
        found = (await self.call("GetSourcing", order_id=order_id)).sourcing
        return sourcing_pb2.SourcingState.Name(found.state).removeprefix("SOURCING_STATE_")

    async def explained(self, order_id: str) -> Any:
        return (await self.call("ExplainSourcing", order_id=order_id)).decisions

    async def rules(self, *rules: dict[str, Any], activate: bool = True, **more: Any) -> Any:
        """A rule set with one route of these rules."""
        given = rule_set(*rules, **more)
        stored = (await self.call("PutRuleSet", rule_set=given)).rule_set
        if activate:
            await self.call("ActivateRuleSet", rule_set_id=stored.rule_set_id, version=stored.version)
        return stored


def rule_set(*rules: dict[str, Any], **more: Any) -> sourcing_pb2.RuleSet:
    given = {"rule_set_id": "brand"} | more
    route = {"route_id": "all", **given.pop("route", {})}
    made = [sourcing_pb2.SourcingRule(**{"rule_id": f"r{n}", **rule}) for n, rule in enumerate(rules, 1)]
    return sourcing_pb2.RuleSet(routes=[sourcing_pb2.SourcingRoute(**route, rules=made)], **given)


def confirmed(order_id: str, *lines: tuple[Any, ...], channel_id: str = "web") -> events.OrderConfirmed:
    wanted = [
        facts.LineFacts(
            line_no=number,
            sku=sku,
            quantity=quantity,
            method=COLLECT if place else SHIP,
            fulfilment_location_id=place[0] if place else "",
            net_total=1_000 * quantity,
        )
        for number, (sku, quantity, *place) in enumerate(lines, 1)
    ]
    message = facts.OrderFacts(order_id=order_id, hold_id=order_id, lines=wanted, member_id="m1", channel_id=channel_id)
    at = datetime.fromisoformat("2026-11-22T12:00:00+08:00")
    message.business_time.FromDatetime(at)
    actor = actor_pb2.Actor(kind=actor_pb2.ACTOR_KIND_MEMBER, id="m1")
    meta = event_pb2.EventMeta(aggregate_id=order_id, sequence=1, actor=actor)
    meta.business_time.FromDatetime(at)
    return events.OrderConfirmed(meta=meta, facts=message)


def trace(decision: Any) -> Any:
    return json.loads(decision.trace)
