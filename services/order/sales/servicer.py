"""Store sales as gRPC."""

from typing import Any

from omo.order.v1 import sales_service_pb2 as pb
from omo.order.v1 import sales_service_pb2_grpc as rpc
from services.order.sales import wire_reads
from services.order.sales.usecases import Sales
from services.order.sales.usecases_claims import Claims
from services.order.sales.usecases_reads import SalesBook


class SalesServicer(rpc.SalesServiceServicer):
    """SalesService: unwrap, call one use case, wrap."""

    def __init__(self, sales: Sales, book: SalesBook, claims: Claims) -> None:
        self._sales = sales
        self._book = book
        self._claims = claims

    async def RecordSales(self, request: pb.RecordSalesRequest, context: Any) -> pb.RecordSalesResponse:
        return await self._sales.record(request)

    async def SumSales(self, request: pb.SumSalesRequest, context: Any) -> pb.SumSalesResponse:
        start, end = wire_reads.moment(request, "start_time"), wire_reads.moment(request, "end_time")
        return wire_reads.sums(await self._book.sum(start, end, request.location_ids))

    async def ListReviews(self, request: pb.ListReviewsRequest, context: Any) -> pb.ListReviewsResponse:
        found, token = await self._book.reviews(request.location_id, request.page_size, request.page_token)
        return wire_reads.reviews(found, token)

    async def ClaimSale(self, request: pb.ClaimSaleRequest, context: Any) -> pb.ClaimSaleResponse:
        return await self._claims.claim(request)
