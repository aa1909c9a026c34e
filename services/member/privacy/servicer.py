"""Consents, exports, erasures and retention as gRPC."""

from typing import Any

from kit import access, fields, requests
from kit.access import Kind as Who
from kit.errors import invalid
from kit.postgres import Tx
from omo.member.v1 import privacy_service_pb2 as pb
from omo.member.v1 import privacy_service_pb2_grpc as rpc
from services.member.asking import asked as asked_of
from services.member.ground import Ground
from services.member.identity import reading as looks
from services.member.points import reading
from services.member.privacy import consents, domain_requests, store_consents, store_erasures, store_exports, wire
from services.member.privacy.domain_requests import Erasure, Export
from services.member.privacy.erasures import Erasures
from services.member.privacy.exports import Exports
from services.member.privacy.forfeits import Forfeits
from services.member.privacy.retention import Retention
from services.member.profile import store_timeline

_VERSION, _BASIS, _DAYS, _PIECE = 64, 200, 36_500, 1024 * 1024
_OF_STAFF = ("store", "service")


class PrivacyServicer(rpc.PrivacyServiceServicer):
    """Unwrap, one use case, wrap."""

    def __init__(
        self, ground: Ground, exports: Exports, erasures: Erasures, retention: Retention, forfeits: Forfeits
    ) -> None:
        self._g = ground
        self._forfeits = forfeits
        self._exports = exports
        self._erasures = erasures
        self._retention = retention

    async def SetConsents(self, request: pb.SetConsentsRequest, context: Any) -> pb.SetConsentsResponse:
        """By the member, or by whoever heard him say it."""
        member_id, said = _member(request), wire.said(request.consents)
        source = wire.source(request.source)
        if access.current().kind is not Who.MEMBER and source not in _OF_STAFF:
            raise invalid("source", f"must be one of {', '.join(_OF_STAFF)}: the member says the rest himself")
        words = fields.text("text_version", request.text_version, _VERSION)

        async def work(tx: Tx) -> pb.SetConsentsResponse:
            await reading.require_member(tx, member_id)
            told = await consents.record(tx, member_id, said, source, words, self._g.clock())
            return pb.SetConsentsResponse(consents=map(wire.consent, told))

        asked = requests.Request.of("SetConsents", request)
        return await requests.once(self._g.db, asked, work, pb.SetConsentsResponse)

    async def ListConsents(self, request: pb.ListConsentsRequest, context: Any) -> pb.ListConsentsResponse:
        """What holds is the newest of each, under the id that the person has now."""
        member_id = _member(request)
        async with self._g.db.transaction() as tx:
            ids = await store_timeline.ids(tx, member_id)
            history = await store_consents.history(tx, ids)
            if access.current().kind is not Who.MEMBER:
                await looks.note(tx, self._g.clock(), "ListConsents", member_id=member_id)
        newest = {(one.said.purpose, one.said.channel): one for one in reversed(history) if one.member_id == ids[0]}
        present = [wire.consent(newest[key]) for key in sorted(newest)]
        return pb.ListConsentsResponse(consents=present, history=map(wire.consent, history))

    async def RequestExport(self, request: pb.RequestExportRequest, context: Any) -> pb.RequestExportResponse:
        """Everything that is kept of a person."""
        member_id = _member(request)

        async def work(tx: Tx) -> pb.RequestExportResponse:
            found = await self._exports.request(tx, member_id)
            return pb.RequestExportResponse(export=wire.export(found, await self._exports.waiting_for(tx, found), ""))

        asked = requests.Request.of("RequestExport", request)
        return await requests.once(self._g.db, asked, work, pb.RequestExportResponse)

    async def GetExport(self, request: pb.GetExportRequest, context: Any) -> pb.GetExportResponse:
        """With the link's token for the member himself."""
        export_id = fields.identifier("export_id", request.export_id)
        async with self._g.db.read() as tx:
            found = await store_exports.one(tx, export_id)
            if found is None or not await _may_see(tx, found):
                raise domain_requests.NoSuchRequest("no such export", field="export_id")
            waiting = await self._exports.waiting_for(tx, found)
        return pb.GetExportResponse(export=wire.export(found, waiting, self._exports.link(found)))

    async def DownloadExport(self, request: pb.DownloadExportRequest, context: Any) -> pb.DownloadExportResponse:
        """Whoever has the link, once."""
        if request.offset < 0:
            raise invalid("offset", "must not be negative")
        async with self._g.db.transaction() as tx:
            data, size = await self._exports.download(tx, request.token, request.offset)
        return pb.DownloadExportResponse(data=data, size_bytes=size)

    async def DeliverExportPart(
        self, request: pb.DeliverExportPartRequest, context: Any
    ) -> pb.DeliverExportPartResponse:
        """Each service for itself; a piece has a natural key, so nothing else makes it once."""
        export_id = fields.identifier("export_id", request.export_id)
        if request.service != access.current().id or not 0 <= request.number <= _DAYS or len(request.data) > _PIECE:
            raise invalid("service", "must be the caller, with a piece of at most 1 MiB")
        async with self._g.db.transaction() as tx:
            await self._exports.deliver(
                tx, export_id, request.service, request.number, last=request.last, data=request.data
            )
        return pb.DeliverExportPartResponse()

    async def RequestErasure(self, request: pb.RequestErasureRequest, context: Any) -> pb.RequestErasureResponse:
        """To be forgotten."""
        member_id = _member(request)

        async def work(tx: Tx) -> pb.RequestErasureResponse:
            found = await self._erasures.request(tx, member_id, forfeit=request.forfeit_value)
            return pb.RequestErasureResponse(erasure=wire.erasure(found, []))

        asked = requests.Request.of("RequestErasure", request)
        return await requests.once(self._g.db, asked, work, pb.RequestErasureResponse)

    async def GetErasure(self, request: pb.GetErasureRequest, context: Any) -> pb.GetErasureResponse:
        """How far it is."""
        async with self._g.db.transaction() as tx:
            found, receipts = await self._own(tx, request.erasure_id)
            code = await self._forfeits.code(tx, found)
        return pb.GetErasureResponse(erasure=wire.erasure(found, receipts), claim_code=code)

    async def ClaimLeftValue(self, request: pb.ClaimLeftValueRequest, context: Any) -> pb.ClaimLeftValueResponse:
        """Whoever has the code."""
        member_id = _member(request)
        code = fields.text("claim_code", request.claim_code, 256)

        async def work(tx: Tx) -> pb.ClaimLeftValueResponse:
            return pb.ClaimLeftValueResponse(pieces=await self._forfeits.claim(tx, member_id, code))

        told = asked_of(self._g.vault, "ClaimLeftValue", request, "claim_code")
        return await requests.once(self._g.db, told, work, pb.ClaimLeftValueResponse)

    async def CancelErasure(self, request: pb.CancelErasureRequest, context: Any) -> pb.CancelErasureResponse:
        """The member stays."""

        async def work(tx: Tx) -> pb.CancelErasureResponse:
            found, _ = await self._own(tx, request.erasure_id)
            return pb.CancelErasureResponse(erasure=wire.erasure(await self._erasures.cancel(tx, found), []))

        asked = requests.Request.of("CancelErasure", request)
        return await requests.once(self._g.db, asked, work, pb.CancelErasureResponse)

    async def PutRetentionRule(self, request: pb.PutRetentionRuleRequest, context: Any) -> pb.PutRetentionRuleResponse:
        """How long something is kept."""
        rule = request.rule
        if not 0 <= rule.keep_days <= _DAYS:
            raise invalid("rule.keep_days", f"must be 0 to {_DAYS}")
        basis = fields.text("rule.basis", rule.basis, _BASIS)

        async def work(tx: Tx) -> pb.PutRetentionRuleResponse:
            kept = await self._retention.put(tx, rule.subject, rule.keep_days, basis)
            return pb.PutRetentionRuleResponse(rule=wire.rule(kept))

        asked = requests.Request.of("PutRetentionRule", request)
        return await requests.once(self._g.db, asked, work, pb.PutRetentionRuleResponse)

    async def ListRetentionRules(
        self, request: pb.ListRetentionRulesRequest, context: Any
    ) -> pb.ListRetentionRulesResponse:
        """Every clock."""
        async with self._g.db.read() as tx:
            return pb.ListRetentionRulesResponse(rules=map(wire.rule, await store_erasures.rules(tx)))

    async def _own(self, tx: Tx, asked: str) -> tuple[Erasure, list[domain_requests.Receipt]]:
        found, receipts = await self._erasures.one(tx, fields.identifier("erasure_id", asked))
        if not await _may_see(tx, found):
            raise domain_requests.NoSuchRequest("no such erasure", field="erasure_id")
        return found, receipts


async def _may_see(tx: Tx, found: Export | Erasure) -> bool:
    principal = access.current()
    return principal.kind is not Who.MEMBER or found.member_id in await store_timeline.ids(tx, principal.id)


def _member(request: Any) -> str:
    member_id = fields.identifier("member_id", request.member_id)
    access.require_member(member_id)
    return member_id
