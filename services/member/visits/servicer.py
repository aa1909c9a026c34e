"""Visits as gRPC."""

from typing import Any

import grpc

from kit import fields
from kit.errors import invalid
from omo.member.v1 import visits_service_pb2 as pb
from omo.member.v1 import visits_service_pb2_grpc as rpc
from services.member.identity import origins
from services.member.visits.store import Visit
from services.member.visits.usecases import Visits

Context = grpc.aio.ServicerContext[Any, Any]
_AT_ONCE = 100
_KINDS = {pb.VISIT_KIND_VIEWED: "VIEWED", pb.VISIT_KIND_FAVOURED: "FAVOURED", pb.VISIT_KIND_CARTED: "CARTED"}


class VisitServicer(rpc.VisitServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    async def RecordVisits(self, request: pb.RecordVisitsRequest, context: Context) -> pb.RecordVisitsResponse:
        source = origins.source(request.source)
        known = origins.anonymous(request.anonymous_id, source)
        if not known:
            raise invalid("anonymous_id", "must be given")
        if len(request.visits) > _AT_ONCE:
            raise invalid("visits", f"must be at most {_AT_ONCE}")
        visits = [_visit(f"visits[{at}]", one, source) for at, one in enumerate(request.visits)]
        return pb.RecordVisitsResponse(kept=await self._visits.record(known[0], visits, consent=request.consent))


def _visit(at: str, one: pb.Visit, source: str) -> Visit:
    if one.kind not in _KINDS:
        raise invalid(f"{at}.kind", "must be VIEWED, FAVOURED or CARTED")
    return Visit(
        fields.identifier(f"{at}.visit_id", one.visit_id),
        _KINDS[one.kind],
        fields.code(f"{at}.sku", one.sku),
        source,
        fields.moment(one.business_time, f"{at}.business_time"),
    )
