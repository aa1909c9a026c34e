"""Tiers as gRPC: unwrap, one use case, wrap."""

from datetime import UTC, date, datetime
from typing import Any

from kit import access, fields, pages, requests
from kit.errors import Fault, invalid
from kit.postgres import Tx
from omo.member.v1 import member_pb2
from omo.member.v1 import tier_service_pb2 as pb
from omo.member.v1 import tier_service_pb2_grpc as rpc
from services.member.ground import Ground
from services.member.points import reading
from services.member.points import store as points_store
from services.member.tiers import store, wire
from services.member.tiers.domain_counting import Sum
from services.member.tiers.usecases import Imported, Tiers

_REASON, _MOST_ROWS, _MOST = 200, 100, 1_000_000_000_000
_LAST = 2**62


class TierServicer(rpc.TierServiceServicer):
    """Tiers by hand and from elsewhere, and what became of them."""

    def __init__(self, g: Ground, tiers: Tiers) -> None:
        self._g = g
        self._tiers = tiers

    async def ListTierChanges(self, request: pb.ListTierChangesRequest, context: Any) -> pb.ListTierChangesResponse:
        """What became of a member's tier, newest first."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._g.page_key)
        async with self._g.db.read() as tx:
            meant = (await points_store.resolve(tx, [member_id]))[member_id]
            rows = await store.page(tx, meant, cursor["s"] if cursor else _LAST, size)
        token = pages.encode({"s": rows[-1]["sequence"]}, self._g.page_key) if len(rows) == size else ""
        return pb.ListTierChangesResponse(changes=map(wire.change, rows), next_page_token=token)

    async def GrantTier(self, request: pb.GrantTierRequest, context: Any) -> pb.GrantTierResponse:
        """Gives a tier for a time."""
        member_id = fields.identifier("member_id", request.member_id)
        tier = fields.code("tier", request.tier)
        reason = fields.text("reason", request.reason, _REASON)
        if not request.HasField("expire_time"):
            raise invalid("expire_time", "must say when it ends")
        until = request.expire_time.ToDatetime(UTC)
        if until <= self._g.clock():
            raise invalid("expire_time", "must be in the future")

        async def work(tx: Tx) -> pb.GrantTierResponse:
            await reading.require_member(tx, member_id)
            await self._tiers.grant(tx, member_id, tier, until, reason)
            return pb.GrantTierResponse(standing=await self._standing(tx, member_id))

        return await requests.once(self._g.db, requests.Request.of("GrantTier", request), work, pb.GrantTierResponse)

    async def EndTierGrant(self, request: pb.EndTierGrantRequest, context: Any) -> pb.EndTierGrantResponse:
        """Ends what was given by hand."""
        member_id = fields.identifier("member_id", request.member_id)
        reason = fields.text("reason", request.reason, _REASON)

        async def work(tx: Tx) -> pb.EndTierGrantResponse:
            await reading.require_member(tx, member_id)
            await self._tiers.end_grant(tx, member_id, reason)
            return pb.EndTierGrantResponse(standing=await self._standing(tx, member_id))

        asked = requests.Request.of("EndTierGrant", request)
        return await requests.once(self._g.db, asked, work, pb.EndTierGrantResponse)

    async def ImportTiers(self, request: pb.ImportTiersRequest, context: Any) -> pb.ImportTiersResponse:
        """Takes tiers over; each row for itself."""
        source = fields.code("source", request.source)
        if not 1 <= len(request.tiers) <= _MOST_ROWS:
            raise invalid("tiers", f"must be 1 to {_MOST_ROWS}")

        async def work(tx: Tx) -> pb.ImportTiersResponse:
            return await self._take_over(tx, source, request.tiers)

        asked = requests.Request.of("ImportTiers", request)
        return await requests.once(self._g.db, asked, work, pb.ImportTiersResponse)

    async def _take_over(self, tx: Tx, source: str, rows: Any) -> pb.ImportTiersResponse:
        reply = pb.ImportTiersResponse()
        read: list[tuple[int, Imported]] = []
        for index, row in enumerate(rows):
            try:
                read.append((index, _imported(row, self._g.clock())))
            except Fault as refused:
                reply.refused.add(row=index, field=refused.metadata["field"], rule=refused.metadata["rule"])
        program = await points_store.program(tx)
        known = await store.known(tx, (one.member_id for _, one in read))
        # members are locked in one order, whatever the order of the rows
        for index, one in sorted(read, key=lambda found: found[1].member_id):
            if one.member_id not in known:
                reply.refused.add(row=index, field="member_id", rule="must be a member")
            elif program.tier(one.tier) is None:
                reply.refused.add(row=index, field="tier", rule="must be a tier of the program")
            elif await self._tiers.take_over(tx, source, one):
                reply.imported += 1
            else:
                reply.known += 1
        reply.refused.sort(key=lambda refused: refused.row)
        return reply

    async def _standing(self, tx: Tx, member_id: str) -> member_pb2.Standing:
        return await reading.standing(tx, member_id, self._g.clock(), self._g.zone)


def _imported(row: pb.ImportedTier, now: datetime) -> Imported:
    for field in ("opening_spend", "opening_count", "opening_points"):
        if not 0 <= getattr(row, field) <= _MOST:
            raise invalid(field, f"must be 0 to {_MOST}")
    if not row.HasField("since_time"):
        raise invalid("since_time", "must say since when")
    since = row.since_time.ToDatetime(UTC)
    until = row.valid_until_time.ToDatetime(UTC) if row.HasField("valid_until_time") else None
    if since > now:
        raise invalid("since_time", "must not be in the future")
    if until is not None and until <= since:
        raise invalid("valid_until_time", "must be after since_time")
    opened = row.opening_time.ToDatetime(UTC) if row.HasField("opening_time") else now
    if opened > now:
        raise invalid("opening_time", "must not be in the future")
    return Imported(
        fields.identifier("member_id", row.member_id),
        fields.code("tier", row.tier),
        since,
        until,
        Sum(row.opening_spend, row.opening_count, row.opening_points),
        opened,
        _date(row.member_date),
    )


def _date(text: str) -> date | None:
    try:
        # only day and month are needed, and it may be a birthday; 2000 had a 29 February
        return date.fromisoformat(text).replace(year=2000) if text else None
    except ValueError:
        raise invalid("member_date", "must be YYYY-MM-DD") from None
