"""Frames of the lane STOCK as journal entries."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from kit.errors import invalid
from kit.fields import possible, readable
from kit.lanes import Accepted
from omo.inventory.v1 import stock_service_pb2 as rpc
from omo.storefacts.v1 import facts_pb2 as facts
from services.inventory import wire as fields
from services.inventory.lots import wire as lots_wire
from services.inventory.stock.domain import Movement, Who

_LARGEST_FRAME = 50
_FAR = 10**15


def frame(request: rpc.RecordStockRequest, now: datetime) -> tuple[list[bytes], list[Movement], int]:
    """The facts as they came, as entries, and how many were told by an absurd clock, which are dated `now`.

    Only what cannot be read is refused.
    """
    given = request.frame.facts
    if len(given) > _LARGEST_FRAME:  # none is a question: where does the lane stand
        raise invalid("frame.facts", f"must be at most {_LARGEST_FRAME}")
    dated = [one if possible(one.business_time, now) else _now(one, now) for one in given]
    for place, one in enumerate(dated):
        readable(f"frame.facts[{place}]", one)
    fields.key("terminal_id", request.terminal_id)
    fields.code("location_id", request.location_id)
    wrong = sum(one is not other for one, other in zip(given, dated, strict=True))
    return [one.SerializeToString(deterministic=True) for one in given], list(_entries(request, dated)), wrong


def _now(given: facts.StockFact, now: datetime) -> facts.StockFact:
    one = facts.StockFact()
    one.CopyFrom(given)
    one.business_time.CopyFrom(fields.timestamp(now))
    return one


def _entries(request: rpc.RecordStockRequest, given: Sequence[facts.StockFact]) -> Iterator[Movement]:
    for index, one in enumerate(given):
        kind, said, quantity, damaged, reason = _meaning(f"frame.facts[{index}]", one)
        who = Who("staff", one.staff_code, request.terminal_id)
        device = Who("device", request.terminal_id, request.terminal_id)
        sequence = request.frame.first_sequence + index
        yield Movement(
            sku=said.sku or "UNKNOWN",
            location_id=request.location_id,
            kind=kind,
            quantity=quantity,
            damaged=damaged,
            business_time=fields.moment(one.business_time),
            source_id=one.fact_id or f"{request.terminal_id}:{sequence}",
            who=who if one.staff_code else device,
            line_no=1,
            reason=reason,
            lots=lots_wire.told(one.received.lots) if kind == "RECEIPT" else (),
        )


def _meaning(
    path: str, one: facts.StockFact
) -> tuple[str, facts.StockReceived | facts.StockDamaged | facts.StockCounted, int, int, str]:
    match one.WhichOneof("fact"):
        case "received":
            return "RECEIPT", one.received, _readable(path, one.received.quantity), 0, one.received.document
        case "damaged":
            return "DAMAGE", one.damaged, 0, _readable(path, one.damaged.quantity), one.damaged.reason
        case "counted":
            return "COUNT", one.counted, _readable(path, one.counted.quantity), 0, ""
        case _:
            raise invalid(path, "holds no fact that we know")


def _readable(path: str, quantity: int) -> int:
    if abs(quantity) > _FAR:
        raise invalid(path, "has no readable quantity")
    return quantity


def answer(accepted: Accepted, first_sequence: int) -> facts.LaneAnswer:
    """What the terminal is told: ack, resend or conflict."""
    return facts.LaneAnswer(
        durable_ack=accepted.durable_ack,
        resend_from=accepted.resend_from or 0,
        conflicts=[first_sequence + index for index in accepted.conflicts],
    )
