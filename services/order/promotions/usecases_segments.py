"""Asks member which of the segments that rules name somebody is in; only where rules name any."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from kit import access
from kit.errors import Fault
from kit.telemetry import logs
from omo.member.v1 import segments_service_pb2 as pb

if TYPE_CHECKING:  # they exist for the type checker only
    from omo.member.v1.segments_service_pb2_grpc import SegmentServiceAsyncStub

_SECONDS = 0.5
# so long an answer holds: a basket is priced several times on its way to an order
_FRESH = 60.0
_MOST = 10_000
_log = logs.get(__name__)


class Memberships:
    """Answers of a moment ago are kept, bounded; who cannot be asked about is in no segment, and may quote again."""

    def __init__(self, segments: "SegmentServiceAsyncStub", now: Callable[[], float] = monotonic) -> None:
        self._segments = segments
        self._now = now
        self._known: OrderedDict[tuple[str, frozenset[str]], tuple[float, frozenset[str]]] = OrderedDict()

    async def of(self, member_id: str, named: frozenset[str]) -> frozenset[str]:
        """Those of the named segments that mean the member."""
        key = (member_id, named)
        if (known := self._known.get(key)) is not None and self._now() - known[0] < _FRESH:
            return known[1]
        asked = pb.CheckMembershipsRequest(member_id=member_id, segment_ids=sorted(named))
        try:
            with access.acting_as(access.service("order", access.current().actor)):
                reply = await self._segments.CheckMemberships(asked, timeout=_SECONDS)
        except Fault as trouble:
            _log.warning("segments are not known", reason=trouble.reason, member_id=member_id)
            return frozenset()
        self._known[key] = (self._now(), frozenset(reply.segment_ids))
        self._known.move_to_end(key)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return self._known[key][1]
