"""Repairs as messages."""

import json
from dataclasses import asdict, astuple

from omo.inventory.v1 import repairs_service_pb2 as pb
from services.inventory import wire as fields
from services.inventory.lots.domain_mending import Figures as LotFigures
from services.inventory.repairs.domain import Figures, Repair
from services.inventory.stock.domain import Level


def figures(given: Figures) -> pb.LevelFigures:
    return pb.LevelFigures(
        on_hand=given.on_hand,
        damaged=given.damaged,
        quality_control=given.quality_control,
        held=given.held,
        committed=given.committed,
        in_transit_in=given.in_transit_in,
        in_transit_out=given.in_transit_out,
        shortfall=given.shortfall,
    )


def lots(given: LotFigures) -> pb.LotFigures:
    return pb.LotFigures(**asdict(given))


def of_level(given: Level, shortfall: int) -> Figures:
    """A level as it is, beside what its open shortfalls add up to."""
    return Figures(
        given.on_hand,
        given.damaged,
        given.quality_control,
        given.held,
        given.committed,
        given.in_transit_in,
        given.in_transit_out,
        shortfall,
    )


def repair(given: Repair) -> pb.Repair:
    return pb.Repair(
        repair_id=given.repair_id,
        kind=given.kind,
        subject=given.subject,
        before=json.dumps(given.before, sort_keys=True),
        after=json.dumps(given.after, sort_keys=True),
        reason=given.reason,
        actor=fields.actor(*astuple(given.who)),
        business_time=fields.timestamp(given.business_time),
    )
