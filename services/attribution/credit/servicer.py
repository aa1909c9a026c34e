"""The credit service as gRPC: unwrap, one use case, wrap."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kit import access, fields, pages
from kit.access import Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database
from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.attribution.v1 import attribution_service_pb2_grpc as rpc
from services.attribution.credit import domain, sight, store, wire
from services.attribution.credit.usecases import Credits

_LAST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff", 2**31 - 1, 2**31 - 1)
_MAX_UNITS = 100


class CreditServicer(rpc.CreditServiceServicer):
    """Who is credited for what, and why."""

    def __init__(self, db: Database, clock: Clock, ledger: Credits, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._credits = ledger
        self._page_key = page_key

    async def ListCredits(self, request: pb.ListCreditsRequest, context: Any) -> pb.ListCreditsResponse:
        """An order's entries, or a beneficiary's in a time; staff see their own."""
        if request.order_id:
            async with self._db.read() as tx:
                entries = await store.of_orders(tx, [fields.identifier("order_id", request.order_id)])
                own = await sight.seen(tx, entries)
            return pb.ListCreditsResponse(credits=[wire.credit(entry) for entry in own])
        return await self._of_beneficiary(request)

    async def ExplainLine(self, request: pb.ExplainLineRequest, context: Any) -> pb.ExplainLineResponse:
        """Every step of the resolution, taken or not."""
        order_id = fields.identifier("order_id", request.order_id)
        entries, steps = await self._credits.explain(order_id, request.line_no)
        async with self._db.read() as tx:
            own = await sight.seen(tx, entries)
        if not own:
            # the steps name colleagues: who is not credited asks his manager
            raise domain.LineUnknown("no such order line", order_id=order_id, line_no=request.line_no)
        return pb.ExplainLineResponse(
            credits=[wire.credit(entry) for entry in own],
            steps=[wire.step(step) for step in steps],
            rule_version=domain.RULE_VERSION,
        )

    async def DescribeUnits(self, request: pb.DescribeUnitsRequest, context: Any) -> pb.DescribeUnitsResponse:
        """Attribution's part of the units' passports."""
        if len(request.units) > _MAX_UNITS:
            raise invalid("units", f"must be at most {_MAX_UNITS}")
        order_ids = sorted({fields.identifier("units.order_id", unit.order_id) for unit in request.units})
        async with self._db.read() as tx:
            entries = await sight.seen(tx, await store.of_orders(tx, order_ids))
        return pb.DescribeUnitsResponse(
            units=[
                pb.UnitCredits(
                    unit=unit,
                    credits=[
                        wire.credit(entry)
                        for entry in entries
                        if (entry.order_id, entry.line_no) == (unit.order_id, unit.line_no)
                        and entry.first_unit <= max(unit.first, unit.last)
                        and unit.first <= entry.last_unit
                    ],
                )
                for unit in request.units
            ]
        )

    async def _of_beneficiary(self, request: pb.ListCreditsRequest) -> pb.ListCreditsResponse:
        principal = access.current()
        beneficiary = principal.staff_code if principal.kind is Kind.STAFF else request.beneficiary
        if not beneficiary:
            raise invalid("beneficiary", "must name a staff code or location, or give an order_id")
        end = request.end_time.ToDatetime(UTC) if request.HasField("end_time") else self._clock() + timedelta(days=1)
        start = request.start_time.ToDatetime(UTC) if request.HasField("start_time") else end - timedelta(days=92)
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["o"], cursor["l"], cursor["e"]) if cursor else _LAST
        async with self._db.read() as tx:
            entries = await store.of_beneficiary(tx, beneficiary, start, end, after, size)
        return pb.ListCreditsResponse(
            credits=[wire.credit(entry) for entry in entries], next_page_token=self._next(entries, size)
        )

    def _next(self, entries: list[domain.Credit], size: int) -> str:
        if len(entries) < size:
            return ""
        last = entries[-1]
        position = {"t": last.business_time.isoformat(), "o": last.order_id, "l": last.line_no, "e": last.entry_no}
        return pages.encode(position, self._page_key)
