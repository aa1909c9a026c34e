"""The panorama service as gRPC."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database
from omo.attribution.v1 import attribution_pb2, attribution_service_pb2_grpc
from omo.attribution.v1 import attribution_service_pb2 as pb
from services.attribution.panorama import domain, store

_LONGEST = timedelta(days=800)


class PanoramaServicer(attribution_service_pb2_grpc.PanoramaServiceServicer):
    """Reads the day cells and answers weeks."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    async def GetPanorama(self, request: pb.GetPanoramaRequest, context: Any) -> pb.GetPanoramaResponse:
        """Weeks of the asked time; without one, the last 13 weeks."""
        now = self._clock()
        end = self._moment(request, "end_time") or now + timedelta(days=1)
        start = self._moment(request, "start_time") or end - timedelta(weeks=13)
        if not start < end <= start + _LONGEST:
            raise invalid("start_time", f"must be before end_time, and at most {_LONGEST.days} days before it")
        days = (start.astimezone(self._zone).date(), self._last_day(end))
        async with self._db.read() as tx:
            rows = await store.weeks(tx, *days, request.location_ids, request.channel_kind)
        return pb.GetPanoramaResponse(
            cells=[
                attribution_pb2.PanoramaCell(week=domain.week(row["monday"]), **{name: row[name] for name in _NAMES})
                for row in rows
            ]
        )

    def _last_day(self, end: datetime) -> Any:
        local = end.astimezone(self._zone)
        midnight = local.timetz().replace(tzinfo=None) == datetime.min.time()
        return local.date() if midnight else local.date() + timedelta(days=1)

    @staticmethod
    def _moment(request: pb.GetPanoramaRequest, name: str) -> datetime | None:
        value: Timestamp = getattr(request, name)
        return value.ToDatetime(UTC) if request.HasField(name) else None  # type: ignore[arg-type]


_NAMES = (
    "location_id",
    "channel_kind",
    "orders",
    "units",
    "revenue",
    "driven_online_orders",
    "driven_online_revenue",
)
