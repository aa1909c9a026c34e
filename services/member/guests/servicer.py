"""Guests as gRPC."""

from typing import Any

import grpc

from kit import fields, pan
from kit.requests import Request
from omo.member.v1 import guest_service_pb2 as pb
from omo.member.v1 import guest_service_pb2_grpc as rpc
from services.member.asking import asked
from services.member.guests.domain import Told
from services.member.guests.usecases import Guests
from services.member.vault import Vault

Context = grpc.aio.ServicerContext[Any, Any]


class GuestServicer(rpc.GuestServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, vault: Vault, guests: Guests) -> None:
        self._vault = vault
        self._guests = guests

    async def BeginGuest(self, request: pb.BeginGuestRequest, context: Context) -> pb.BeginGuestResponse:
        for field in ("name", "phone", "email", "address"):
            pan.refuse(field, getattr(request, field))
        told = Told(
            fields.text("name", request.name, 100),
            fields.text("phone", request.phone, 40, empty=True),
            fields.text("email", request.email, 254, empty=True),
            fields.text("address", request.address, 500, empty=True),
            fields.text("device_id", request.device_id, 128),
            request.client_address,
        )
        # whoever moves to another network meanwhile asks the same
        same = pb.BeginGuestRequest()
        same.CopyFrom(request)
        same.ClearField("client_address")
        request_ = asked(self._vault, "BeginGuest", same, "name", "phone", "email", "address")
        return await self._guests.begin(request_, told)

    async def ClaimGuests(self, request: pb.ClaimGuestsRequest, context: Context) -> pb.ClaimGuestsResponse:
        member_id = fields.identifier("member_id", request.member_id)
        return await self._guests.claim(Request.of("ClaimGuests", request), member_id)
