"""Sending as gRPC."""

from dataclasses import replace
from typing import Any

from kit import access, fields, requests
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import shipping_service_pb2 as pb
from omo.order.v1 import shipping_service_pb2_grpc as rpc
from services.order.checkout.domain import TransitionRefused
from services.order.freight import wire as wire_freight
from services.order.freight.usecases import Freight
from services.order.fulfilment import domain_terms, store_terms
from services.order.shipping import wire
from services.order.shipping.carrier import Carriers
from services.order.shipping.usecases_booking import Booking
from services.order.shipping.usecases_packing import Packing
from services.order.shipping.usecases_tracking import Tracking


class ShippingServicer(rpc.ShippingServiceServicer):
    """ShippingService: unwrap, call one use case, wrap."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        carriers: Carriers,
        packing: Packing,
        booking: Booking,
        tracking: Tracking,
        freight: Freight,
    ) -> None:
        self._db = db
        self._clock = clock
        self._carriers = carriers
        self._packing = packing
        self._booking = booking
        self._tracking = tracking
        self._freight = freight

    async def StartPickList(self, request: pb.StartPickListRequest, context: Any) -> pb.StartPickListResponse:
        asked = Request.of("ShippingService/StartPickList", request)
        ids = [fields.identifier("fulfilment_ids", one) for one in request.fulfilment_ids]
        place = fields.code("location_id", request.location_id)
        picker = wire.optional("picker_staff_code", request.picker_staff_code)
        return await self._packing.start_list(asked, place, ids, request.size, picker)

    async def GetPickList(self, request: pb.GetPickListRequest, context: Any) -> pb.GetPickListResponse:
        return await self._packing.get_list(fields.identifier("pick_list_id", request.pick_list_id))

    async def PackFulfilment(self, request: pb.PackFulfilmentRequest, context: Any) -> pb.PackFulfilmentResponse:
        asked = Request.of("ShippingService/PackFulfilment", request)
        fulfilment_id = fields.identifier("fulfilment_id", request.fulfilment_id)
        return await self._packing.pack(asked, fulfilment_id, wire.wanted(request.parcels))

    async def BookParcel(self, request: pb.BookParcelRequest, context: Any) -> pb.BookParcelResponse:
        asked = Request.of("ShippingService/BookParcel", request)
        carrier, service = wire.optional("carrier", request.carrier), wire.optional("service", request.service)
        return await self._packing.book(asked, fields.identifier("parcel_id", request.parcel_id), carrier, service)

    async def GetLabel(self, request: pb.GetLabelRequest, context: Any) -> pb.GetLabelResponse:
        return await self._booking.label(fields.identifier("parcel_id", request.parcel_id))

    async def ShipFulfilment(self, request: pb.ShipFulfilmentRequest, context: Any) -> pb.ShipFulfilmentResponse:
        asked = Request.of("ShippingService/ShipFulfilment", request)
        return await self._packing.ship(asked, fields.identifier("fulfilment_id", request.fulfilment_id))

    async def RecordTracking(self, request: pb.RecordTrackingRequest, context: Any) -> pb.RecordTrackingResponse:
        await self._tracking.record(request.carrier, request.body, request.headers)
        return pb.RecordTrackingResponse()

    async def GetShippingTerms(self, request: pb.GetShippingTermsRequest, context: Any) -> pb.GetShippingTermsResponse:
        async with self._db.read() as tx:
            return pb.GetShippingTermsResponse(terms=wire.shown(await store_terms.newest(tx)))

    async def PutShippingTerms(self, request: pb.PutShippingTermsRequest, context: Any) -> pb.PutShippingTermsResponse:
        given = domain_terms.checked(wire.terms(request.terms, 0))
        if given.default_carrier:
            self._carriers.named(given.default_carrier)

        async def work(tx: Tx) -> pb.PutShippingTermsResponse:
            terms = replace(given, version=(await store_terms.newest(tx)).version + 1)
            if not await store_terms.insert(tx, terms, self._clock(), access.current().actor):
                raise TransitionRefused("somebody else wrote terms just now", state=f"version {terms.version}")
            return pb.PutShippingTermsResponse(terms=wire.shown(terms))

        asked = Request.of("ShippingService/PutShippingTerms", request)
        return await requests.once(self._db, asked, work, pb.PutShippingTermsResponse)

    async def GetShippingFees(self, request: pb.GetShippingFeesRequest, context: Any) -> pb.GetShippingFeesResponse:
        return await self._freight.get(request.version)

    async def PutShippingFees(self, request: pb.PutShippingFeesRequest, context: Any) -> pb.PutShippingFeesResponse:
        asked = Request.of("ShippingService/PutShippingFees", request)
        return await self._freight.put(asked, wire_freight.terms(request.fees), request.reason)

    async def ListShippingFees(self, request: pb.ListShippingFeesRequest, context: Any) -> pb.ListShippingFeesResponse:
        return await self._freight.list(request.page_size, request.page_token)
