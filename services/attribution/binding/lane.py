"""The lane ATTRIBUTION: facts of tills, taken once and in order."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from kit import access, fields, lanes
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.postgres import Database, Tx
from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.attribution.v1 import attribution_service_pb2_grpc as rpc
from omo.storefacts.v1 import facts_pb2
from services.attribution.binding.usecases import Bindings, at_till

LANE = "ATTRIBUTION"
MOST = 50
CLOCK_WRONG = "CLOCK_WRONG"


class FactUnreadable(Fault):
    """A fact without the fields that make it one."""

    code = Code.INVALID_ARGUMENT
    reason = "FIELD_INVALID"


class AttributionFactServicer(rpc.AttributionFactServiceServicer):
    """Stores a frame's facts, their effects and the lane's durable_ack in one transaction."""

    def __init__(self, db: Database, bindings: Bindings, clock: Clock) -> None:
        self._db = db
        self._bindings = bindings
        self._clock = clock

    async def RecordAttribution(
        self,
        request: pb.RecordAttributionRequest,
        context: Any,  # noqa: ARG002
    ) -> pb.RecordAttributionResponse:
        """Takes a frame; answers ack, resend or conflicts."""
        frame = request.frame
        access.require_terminal(request.terminal_id)
        access.require_location(request.location_id)
        if len(frame.facts) > MOST:  # none is a question: where does the lane stand
            raise invalid("frame.facts", f"must be at most {MOST}")
        now = self._clock()
        moments = [_readable(f"facts[{index}]", fact, now) for index, fact in enumerate(frame.facts)]
        payloads = [fact.SerializeToString(deterministic=True) for fact in frame.facts]
        hashes = [hashlib.sha256(payload).digest() for payload in payloads]
        async with self._db.transaction() as tx:
            taken = await lanes.accept(tx, request.terminal_id, LANE, frame.first_sequence, hashes, payloads)
            for index in taken.fresh:
                sequence = frame.first_sequence + index
                origin, moment = f"{request.terminal_id}#{sequence}", moments[index]
                await self._apply(tx, request.location_id, origin, frame.facts[index], moment or now)
                if moment is None:
                    await self._bindings.doubt(tx, frame.facts[index].fact_id, _who(frame.facts[index]), CLOCK_WRONG)
        answer = facts_pb2.LaneAnswer(
            durable_ack=taken.durable_ack,
            resend_from=taken.resend_from or 0,
            conflicts=[frame.first_sequence + index for index in taken.conflicts],
        )
        return pb.RecordAttributionResponse(answer=answer)

    async def _apply(
        self, tx: Tx, location_id: str, origin: str, fact: facts_pb2.AttributionFact, moment: datetime
    ) -> None:
        noted = at_till(fact.fact_id, _who(fact), fact.staff_code, location_id, moment, f"till:{origin}")
        if fact.HasField("binding"):
            await self._bindings.note(tx, noted, fact.binding.token)
        else:
            await self._bindings.touch(tx, fact.fact_id, noted, fact.touch.kind)


def _who(fact: facts_pb2.AttributionFact) -> str:
    return (fact.binding if fact.HasField("binding") else fact.touch).member_id


def _readable(where: str, fact: facts_pb2.AttributionFact, now: datetime) -> datetime | None:
    """When it happened; None where the till's clock cannot have been right."""
    told = fact.business_time
    sane = fields.possible(told, now)
    rest = facts_pb2.AttributionFact()
    rest.CopyFrom(fact)
    rest.ClearField("business_time")
    fields.readable(where, rest)
    kind = fact.WhichOneof("fact")
    if kind is None:
        raise FactUnreadable(f"{where} says nothing", field=f"{where}.fact", rule="must be a binding or a touch")
    if not fact.HasField("business_time"):
        raise invalid(f"{where}.business_time", "must be given")
    fields.identifier(f"{where}.fact_id", fact.fact_id)
    fields.identifier(f"{where}.{kind}.member_id", getattr(fact, kind).member_id)
    return told.ToDatetime(UTC) if sane else None
