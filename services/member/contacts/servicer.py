"""Contacts as gRPC."""

from typing import Any

import grpc

from kit import fields, pan
from omo.member.v1 import identity_service_pb2 as pb
from omo.member.v1 import identity_service_pb2_grpc as rpc
from services.member.asking import asked
from services.member.contacts.usecases import Contact, Contacts
from services.member.vault import Vault

Context = grpc.aio.ServicerContext[Any, Any]


class ContactServicer(rpc.ContactServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(self, vault: Vault, contacts: Contacts) -> None:
        self._vault = vault
        self._contacts = contacts

    async def Seal(self, request: pb.SealRequest, context: Context) -> pb.SealResponse:
        contact = Contact(
            fields.text("name", request.name, 100, empty=True),
            fields.text("phone", request.phone, 40, empty=True),
            fields.text("address", request.address, 500, empty=True),
        )
        pan.refuse("name", contact.name)
        pan.refuse("phone", contact.phone)
        pan.refuse("address", contact.address)
        member_id = fields.identifier("member_id", request.member_id)
        return await self._contacts.seal(
            asked(self._vault, "Seal", request, "name", "phone", "address"), member_id, contact
        )

    async def Reveal(self, request: pb.RevealRequest, context: Context) -> pb.RevealResponse:
        contact_id = fields.identifier("contact_id", request.contact_id)
        contact = await self._contacts.reveal(contact_id, request.purpose)
        return pb.RevealResponse(name=contact.name, phone=contact.phone, address=contact.address)
