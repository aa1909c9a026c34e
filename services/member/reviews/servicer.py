"""Facts that a person should look at, as gRPC."""

from datetime import UTC, datetime
from typing import Any

from kit import access, fields, pages, requests
from kit.errors import invalid
from kit.postgres import Tx
from omo.member.v1 import people_review_service_pb2 as pb
from omo.member.v1 import people_review_service_pb2_grpc as rpc
from services.member.ground import Ground
from services.member.reviews import store, wire
from services.member.reviews.domain import Place, ReviewUnknown

_FIRST: Place = (datetime(1970, 1, 1, tzinfo=UTC), "", 0)


class PeopleReviewServicer(rpc.PeopleReviewServiceServicer):
    """Unwrap, one transaction, wrap."""

    def __init__(self, g: Ground) -> None:
        self._g = g

    async def ListPeopleReviews(
        self, request: pb.ListPeopleReviewsRequest, context: Any
    ) -> pb.ListPeopleReviewsResponse:
        """What nobody has looked at."""
        size, cursor = pages.page_size(request.page_size), pages.decode(request.page_token, self._g.page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["d"], cursor["n"]) if cursor else _FIRST
        async with self._g.db.read() as tx:
            found = await store.queue(tx, after, size + 1)
        token = ""
        if len(found) > size:
            moment, terminal_id, sequence = found[size - 1].place
            token = pages.encode({"t": moment.isoformat(), "d": terminal_id, "n": sequence}, self._g.page_key)
        return pb.ListPeopleReviewsResponse(reviews=map(wire.shown, found[:size]), next_page_token=token)

    async def ClosePeopleReview(
        self, request: pb.ClosePeopleReviewRequest, context: Any
    ) -> pb.ClosePeopleReviewResponse:
        """Somebody has looked."""
        terminal_id, reason = fields.code("terminal_id", request.terminal_id), fields.code("reason", request.reason)
        if request.sequence < 1:
            raise invalid("sequence", "must be 1 or more")

        async def work(tx: Tx) -> pb.ClosePeopleReviewResponse:
            actor, now = access.current().actor, self._g.clock()
            closed = await store.close(tx, terminal_id, request.sequence, reason, actor, now)
            if closed is None:
                raise ReviewUnknown("nothing waits there for anybody to look", field="sequence")
            return pb.ClosePeopleReviewResponse(review=wire.shown(closed))

        asked = requests.Request.of("ClosePeopleReview", request)
        return await requests.once(self._g.db, asked, work, pb.ClosePeopleReviewResponse)
