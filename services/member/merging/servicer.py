"""Merging as gRPC: unwrap, one use case, wrap."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from kit import access, fields, pages, requests
from kit.access import Kind as Caller
from kit.errors import invalid
from kit.postgres import Tx
from omo.member.v1 import merging_service_pb2 as pb
from omo.member.v1 import merging_service_pb2_grpc as rpc
from services.member.ground import Ground
from services.member.identity import reading
from services.member.merging import preview, store_candidates, store_cases, store_freezes, wire
from services.member.merging.candidates import DISMISSED, Candidates
from services.member.merging.cases import Cases
from services.member.merging.freezing import Freezing
from services.member.merging.usecases import Merging

_MOST_ORDERS = 100
_FIRST = (2**31 - 1, "ffffffff-ffff-ffff-ffff-ffffffffffff")
_LONG_AGO = (datetime(1970, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000")
_OWN_REASON = "SHOPPER_ASKED"


class MergeServicer(rpc.MergeServiceServicer):
    """Who is whom."""

    def __init__(self, g: Ground, merging: Merging, candidates: Candidates, freezing: Freezing, cases: Cases) -> None:
        self._g = g
        self._merging = merging
        self._candidates = candidates
        self._freezing = freezing
        self._cases = cases

    async def PreviewMerge(self, request: pb.PreviewMergeRequest, context: Any) -> pb.PreviewMergeResponse:
        """What it would do; whoever of the staff looks is written down."""
        one, other = _pair(request)
        async with self._g.db.transaction() as tx:
            await self._noted(tx, "PreviewMerge", one, other)
            found = await self._merging.preview(tx, one, other, {})
        return pb.PreviewMergeResponse(preview=wire.preview(found))

    async def MergeMembers(self, request: pb.MergeMembersRequest, context: Any) -> pb.MergeMembersResponse:
        """Makes them one."""
        one, other = _pair(request)
        winners = _winners(request.winners, (one, other))
        reason = fields.code("reason", request.reason or _OWN_REASON)
        insisted = request.despite_conflict and access.current().kind is Caller.HQ

        async def work(tx: Tx) -> pb.MergeMembersResponse:
            await self._noted(tx, "MergeMembers", one, other)
            return pb.MergeMembersResponse(
                merge=wire.merge(await self._merging.merge(tx, one, other, winners, reason, insisted))
            )

        asked = requests.Request.of("MergeMembers", request)
        return await requests.once(self._g.db, asked, work, pb.MergeMembersResponse)

    async def UndoMerge(self, request: pb.UndoMergeRequest, context: Any) -> pb.UndoMergeResponse:
        """Makes them two."""
        merge_id = fields.identifier("merge_id", request.merge_id)
        reason = fields.code("reason", request.reason)
        if len(request.order_ids) > _MOST_ORDERS:
            raise invalid("order_ids", f"must be at most {_MOST_ORDERS}")
        orders = [fields.identifier(f"order_ids[{at}]", one) for at, one in enumerate(request.order_ids)]

        async def work(tx: Tx) -> pb.UndoMergeResponse:
            return pb.UndoMergeResponse(merge=wire.merge(await self._merging.undo(tx, merge_id, orders, reason)))

        asked = requests.Request.of("UndoMerge", request)
        return await requests.once(self._g.db, asked, work, pb.UndoMergeResponse)

    async def ListMerges(self, request: pb.ListMergesRequest, context: Any) -> pb.ListMergesResponse:
        """What became of a member."""
        member_id = fields.identifier("member_id", request.member_id)
        async with self._g.db.read() as tx:
            found = await self._merging.list(tx, member_id)
        return pb.ListMergesResponse(merges=[wire.merge(one) for one in found])

    async def ListMergeCandidates(
        self, request: pb.ListMergeCandidatesRequest, context: Any
    ) -> pb.ListMergeCandidatesResponse:
        """The queue; to a shopper what he has proved."""
        caller, now = access.current(), self._g.clock()
        if caller.kind is Caller.MEMBER:
            async with self._g.db.read() as tx:
                own = await store_candidates.of_member(tx, caller.id)
            proven = [wire.candidate(one, now) for one in own if one.proves(caller.id, now)]
            return pb.ListMergeCandidatesResponse(candidates=proven)
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._g.page_key)
        after = (cursor["s"], cursor["i"]) if cursor else _FIRST
        async with self._g.db.read() as tx:
            found = await store_candidates.queue(tx, after, size)
        token = ""
        if len(found) == size:
            token = pages.encode({"s": found[-1].score, "i": found[-1].candidate_id}, self._g.page_key)
        shown = [wire.candidate(one, now) for one in found]
        return pb.ListMergeCandidatesResponse(candidates=shown, next_page_token=token)

    async def DismissMergeCandidate(
        self, request: pb.DismissMergeCandidateRequest, context: Any
    ) -> pb.DismissMergeCandidateResponse:
        """They are two."""
        candidate_id = fields.identifier("candidate_id", request.candidate_id)
        reason = fields.code("reason", request.reason)

        async def work(tx: Tx) -> pb.DismissMergeCandidateResponse:
            found = await self._candidates.dismiss(tx, candidate_id, reason)
            return pb.DismissMergeCandidateResponse(candidate=wire.candidate(found, self._g.clock(), DISMISSED))

        asked = requests.Request.of("DismissMergeCandidate", request)
        return await requests.once(self._g.db, asked, work, pb.DismissMergeCandidateResponse)

    async def ListIdentityCases(
        self, request: pb.ListIdentityCasesRequest, context: Any
    ) -> pb.ListIdentityCasesResponse:
        """Who waits for a person to look."""
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._g.page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["i"]) if cursor else _LONG_AGO
        async with self._g.db.read() as tx:
            found = await store_cases.queue(tx, after, size + 1)
        token = ""
        if len(found) > size:
            last = found[size - 1]
            token = pages.encode({"t": last.business_time.isoformat(), "i": last.case_id}, self._g.page_key)
        return pb.ListIdentityCasesResponse(cases=map(wire.case, found[:size]), next_page_token=token)

    async def CloseIdentityCase(
        self, request: pb.CloseIdentityCaseRequest, context: Any
    ) -> pb.CloseIdentityCaseResponse:
        """Somebody has looked."""
        case_id = fields.identifier("case_id", request.case_id)
        reason = fields.code("reason", request.reason)

        async def work(tx: Tx) -> pb.CloseIdentityCaseResponse:
            return pb.CloseIdentityCaseResponse(case=wire.case(await self._cases.close(tx, case_id, reason)))

        asked = requests.Request.of("CloseIdentityCase", request)
        return await requests.once(self._g.db, asked, work, pb.CloseIdentityCaseResponse)

    async def ListValueFreezes(self, request: pb.ListValueFreezesRequest, context: Any) -> pb.ListValueFreezesResponse:
        """Who waits."""
        async with self._g.db.read() as tx:
            found = await store_freezes.queue(tx)
        return pb.ListValueFreezesResponse(freezes=[wire.freeze(one) for one in found])

    async def ReleaseValue(self, request: pb.ReleaseValueRequest, context: Any) -> pb.ReleaseValueResponse:
        """Lets a member spend again."""
        member_id = fields.identifier("member_id", request.member_id)
        reason = fields.code("reason", request.reason)

        async def work(tx: Tx) -> pb.ReleaseValueResponse:
            released = await self._freezing.release(tx, member_id, reason)
            return pb.ReleaseValueResponse(freeze=wire.freeze(released))

        asked = requests.Request.of("ReleaseValue", request)
        return await requests.once(self._g.db, asked, work, pb.ReleaseValueResponse)

    async def _noted(self, tx: Tx, rpc_name: str, *member_ids: str) -> None:
        if access.current().kind is Caller.MEMBER:
            return
        for member_id in member_ids:
            await reading.note(tx, self._g.clock(), rpc_name, member_id=member_id)


def _pair(request: pb.PreviewMergeRequest | pb.MergeMembersRequest) -> tuple[str, str]:
    one = fields.identifier("member_id", request.member_id)
    return one, fields.identifier("other_member_id", request.other_member_id)


def _winners(asked: Sequence[pb.FieldWinner], pair: tuple[str, str]) -> dict[str, str]:
    """Whose value wins where somebody chose; refuses fields that nobody has and people who are not of the two."""
    winners: dict[str, str] = {}
    for at, one in enumerate(asked):
        if one.field != preview.NAME or one.field in winners:
            raise invalid(f"winners[{at}].field", f"must be {preview.NAME}, once")
        winner = fields.identifier(f"winners[{at}].member_id", one.member_id)
        if winner not in pair:
            raise invalid(f"winners[{at}].member_id", "must be one of the two")
        winners[one.field] = winner
    return winners
