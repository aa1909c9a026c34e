"""Search requests and hits."""

from omo.inventory.v1 import catalogue_search_service_pb2 as pb
from services.inventory import wire as fields
from services.inventory.catalogue import wire_out
from services.inventory.search.domain import Filter, Hits


def wanted(request: pb.SearchProductsRequest, *, may_see_inactive: bool) -> Filter:
    """The filters of a query; what is switched off is shown to headquarters and services only."""
    return Filter(
        inactive_too=request.inactive_too and may_see_inactive,
        category=fields.text("category", request.category, 64),
        tag=fields.text("tag", request.tag, 64),
        brand=fields.text("brand", request.brand, 100),
        channel_id=fields.code("channel_id", request.channel_id) if request.channel_id else "",
        location_id=fields.code("location_id", request.location_id) if request.location_id else "",
    )


def answer(hits: Hits, *, costs: bool) -> pb.SearchProductsResponse:
    """The hits as the API shows them."""
    return pb.SearchProductsResponse(
        hits=[
            pb.SearchHit(product=wire_out.product(found, costs=costs), match=match, skus=skus)  # type: ignore[arg-type]
            for found, match, skus in hits.products
        ],
        next_page_token=hits.more,
        corrected_query=hits.corrected,
    )
