"""The request by which a change places what it adds: one for each change, and none any more once it is closed."""

import hashlib

from kit import requests
from kit.postgres import Tx
from kit.requests import Request
from services.order.checkout.store_placing import PLACE_ORDER
from services.order.edits import store
from services.order.edits.domain_record import Edit

PRINCIPAL = "service:order"


def request(edit: Edit) -> Request:
    """Known for ever: a change that waits for a person must still find what it placed."""
    return Request(PRINCIPAL, PLACE_ORDER, _name(edit.edit_id), hashlib.sha256(edit.asked).digest(), for_ever=True)


async def placed(tx: Tx, edit_id: str) -> str | None:
    """The order that was made of what a change adds, if there is one."""
    return await store.placed(tx, _name(edit_id), PRINCIPAL)


async def close(tx: Tx, edit_id: str) -> bool:
    """Takes the request, so that whoever is still on his way to place something finds it taken; False if something was.

    A change that ended only by its own row would not stop him: he looked at that long ago, and if he dies right
    after placing, nobody ever knows that there is something to give back.
    """
    taken = Request(PRINCIPAL, PLACE_ORDER, _name(edit_id), b"closed", for_ever=True)
    return await requests.claim(tx, taken) or await placed(tx, edit_id) is None


async def reopen(tx: Tx, edit_id: str) -> None:
    """A change that was broken off is asked for again under its own key."""
    await store.reopen(tx, _name(edit_id), PRINCIPAL)


def _name(edit_id: str) -> str:
    return f"{edit_id}:place"
