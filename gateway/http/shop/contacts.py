"""Names, telephones and addresses, sealed: everybody else keeps an id."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, status
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import fields
from gateway.http.shapes.fields import Asked, ContactId, Shown, eg
from omo.member.v1 import identity_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Contacts"])

ContactPath = Annotated[str, Path(min_length=1, max_length=64, examples=[fields.CONTACT])]


class Contact(Asked):
    """Who collects or receives."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100), eg("陳小明")]
    phone: Annotated[str, StringConstraints(max_length=32), eg("0912345678")] = ""
    address: Annotated[str, StringConstraints(max_length=500), eg("台北市大安區和平東路二段 1 號")] = ""


class Sealed(Shown):
    """What orders and tasks keep."""

    contact_id: ContactId
    masked_name: Annotated[str, eg("陳○明")]


class Reveal(Asked):
    """What for; it is written down with who asked."""

    purpose: Annotated[Literal["label", "pickup", "call"], eg("pickup")]


class Revealed(Shown):
    """The contact, for the screen or label that needs it now."""

    name: Annotated[str, eg("陳小明")]
    phone: Annotated[str, eg("+886912345678")]
    address: Annotated[str, eg("台北市大安區和平東路二段 1 號")]


@router.post("/v1/contacts", operation_id="seal_contact", response_model=Sealed, status_code=status.HTTP_201_CREATED)
async def seal_contact(body: Contact, ask: Asking) -> Response:
    """Seals a contact for an order."""
    request = pb.SealRequest(request_id=ask.key, member_id=ask.me, **body.model_dump())
    return asking.answer(Sealed, await ask(ask.to.contacts.Seal, request), status.HTTP_201_CREATED)


@router.post("/v1/staff/contacts/{contact_id}/reveal", operation_id="reveal_contact", response_model=Revealed)
async def reveal_contact(contact_id: ContactPath, body: Reveal, ask: Asking) -> Response:
    """Opens a contact for a label, a handover or a call; audited."""
    request = pb.RevealRequest(contact_id=contact_id, purpose=body.purpose)
    return asking.answer(Revealed, await ask(ask.to.contacts.Reveal, request))
