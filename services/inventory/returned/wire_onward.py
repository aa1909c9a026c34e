"""Order's word of returned goods that a drop point sends on, as journal entries and the transfer that they are."""

from dataclasses import replace
from datetime import UTC

from kit.access import Actor
from omo.order.v1 import order_events_pb2 as orders
from services.inventory.catalogue.domain_kits import History
from services.inventory.lots import wire as lots_wire
from services.inventory.returned import domain
from services.inventory.returned.domain import Way
from services.inventory.stock.domain import NOWHERE, Movement, Who
from services.inventory.transfers import domain_legs
from services.inventory.transfers.domain_legs import Leg, Moved


def way(event: orders.ReturnSentOn, kits: History) -> Way:
    """What is sent on; a kit in its parts, as it was made when it was sold."""
    sold = event.sale_time.ToDatetime(UTC)
    lines = [
        (Moved(one.unit.line_no, sku, one.quantity * many, one.unit.first, one.unit.last, one.unit.measure), one)
        for one in event.lines
        if one.quantity > 0
        for sku, many in kits.parts(one.sku or NOWHERE, sold).items()
    ]
    actor = Actor.from_proto(event.meta.actor)
    arrived = event.arrive_time.ToDatetime(UTC) if event.HasField("arrive_time") else None
    leg = Leg(
        event.return_id, event.order_id, event.from_location_id or NOWHERE, event.to_location_id or NOWHERE,
        tuple(moved for moved, _ in lines), event.left_time.ToDatetime(UTC), arrived,
        Who(actor.kind.value, actor.id, actor.terminal_id),
    )  # fmt: skip
    into = domain_legs.into(leg, arrived) if arrived else []
    said = [one for _, one in lines]
    return Way(leg, _as_they_are(domain_legs.out(leg), said), _as_they_are(into, said[: len(into)]))


def _as_they_are(moved: list[Movement], said: list[orders.SentOnLine]) -> list[Movement]:
    """The same of goods that are put aside: they are no more for sale afterwards than they were before."""
    found = []
    for one, line in zip(moved, said, strict=True):
        effect = domain.effect(line.disposition)
        lots = lots_wire.told(line.lots) if one.sku == line.sku else ()
        damaged, aside = one.quantity * effect.damaged, one.quantity * effect.quality_control
        found.append(replace(one, damaged=damaged, quality_control=aside, lots=lots))
    return found
