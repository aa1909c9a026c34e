"""Headquarters: goods that are sold before they are there, with their window, caps and day of release."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.ahead import OfferPath, Preorder, PreorderIn, PreorderOut, PreorderPage
from gateway.http.shapes.fields import PageSize, PageToken
from omo.order.v1 import preorder_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: preorders"])
Good = Annotated[str, Query(max_length=64, examples=["CUP-MOON"], description="Of this good; none: of all.")]


@router.put("/v1/hq/preorders/{offer_id}", operation_id="put_preorder", response_model=PreorderOut)
async def put_preorder(offer_id: OfferPath, body: PreorderIn, ask: Asking) -> Response:
    """Writes an offer whole. A good has one at a time, and until its release it is sold in no other way.

    What may be sold is the smaller of its caps and of what documents of incoming goods announce as promisable.
    """
    given = translation.fill(pb.Preorder(offer_id=offer_id), body)
    request = pb.PutPreorderRequest(request_id=ask.key, preorder=given)
    return asking.answer(PreorderOut, await ask(ask.to.preorders.PutPreorder, request))


@router.post("/v1/hq/preorders/{offer_id}/end", operation_id="end_preorder", response_model=PreorderOut)
async def end_preorder(offer_id: OfferPath, ask: Asking) -> Response:
    """Sells no more of it; who has bought keeps his promise."""
    request = pb.EndPreorderRequest(request_id=ask.key, offer_id=offer_id)
    return asking.answer(PreorderOut, await ask(ask.to.preorders.EndPreorder, request))


@router.get("/v1/hq/preorders", operation_id="list_preorders", response_model=PreorderPage)
async def list_preorders(ask: Asking, sku: Good = "", page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Offers with what was sold and released of each."""
    request = pb.ListPreordersRequest(sku=sku, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.preorders.ListPreorders, request)
    return asking.page(Preorder, "preorders", reply.preorders, reply.next_page_token)
