"""Whose contact an order may name: its member's own, and nobody else's, whoever tries what."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from kit import access
from kit.ids import uuid7
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from services.member.contacts import naming
from services.order.checkout.contacts import ContactIds
from services.order.reference import merging
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER, line
from tests.service.order.rig import SERVICE_SECRET, Rig
from tests.service.order.test_merging import merged


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


def sealed(member_id: str = MEMBER, secret: str = SERVICE_SECRET) -> str:
    """A contact id as member makes it."""
    return naming.contact_id(naming.key(secret), member_id, datetime.now(UTC))


async def test_an_order_names_its_members_own_contact(rig: Rig) -> None:
    contact_id = sealed()
    mine = await rig.place(contact_id=contact_id)
    by_staff = await rig.place(rig.staff("TPE01"), contact_id=contact_id.upper())
    assert (mine.contact_id, by_staff.contact_id) == (contact_id, contact_id)


def turned(contact_id: str, bit: int) -> str:
    return str(uuid.UUID(int=uuid.UUID(contact_id).int ^ 1 << bit))


@pytest.mark.parametrize(
    "contact_id",
    [
        sealed(OTHER),
        sealed(secret="guessed"),
        uuid7(),
        str(uuid.uuid4()),
        turned(sealed(), 0),
        turned(sealed(), 70),
        turned(sealed(OTHER), 61),
        sealed().replace("-", "")[:31],
        "x",
    ],
    ids=["another's", "another secret", "a uuid7", "a uuid4", "tag", "nonce", "another's tag", "cut", "no uuid"],
)
async def test_nobody_attaches_a_contact_that_is_not_the_orderers(rig: Rig, contact_id: str) -> None:
    """As a shopper who has come by somebody else's contact id, or makes one up."""
    quote = (await rig.call(rig.orders.Quote, pb.QuoteRequest(channel_id="web", lines=[line()]))).quote
    for token, wish in (
        (rig.member(), {}),
        (rig.member(), {"quote_id": quote.quote_id, "lines": []}),
        (rig.staff("TPE01"), {}),
        (rig.hq(), {}),
    ):
        refused = await rig.fault(rig.place(token, contact_id=contact_id, **wish))
        assert (refused.reason, refused.metadata["field"]) == ("NOT_FOUND", "contact_id")
    assert await rig.rows("SELECT order_id FROM orders") == []


async def test_a_guest_has_no_contact_to_name(rig: Rig) -> None:
    refused = await rig.fault(rig.place(rig.hq(), member_id="", contact_id=sealed()))
    assert refused.reason == "NOT_FOUND"
    assert isinstance(await rig.place(rig.hq(), member_id=""), order_pb2.Order)


async def test_a_contact_is_its_members_under_whichever_of_his_ids_it_was_sealed(rig: Rig) -> None:
    """A till's id that was merged: sealed under the old id and ordered under the one that remains, or the reverse."""
    old, older = str(uuid.uuid4()), str(uuid.uuid4())
    early, known = sealed(older), sealed()
    assert (await rig.fault(rig.place(contact_id=early))).reason == "NOT_FOUND"
    async with rig.db.transaction() as tx:
        await merging.on_members_merged(tx, [merged(older, old), merged(old, MEMBER)])
    assert (await rig.place(contact_id=early)).contact_id == early
    assert (await rig.place(rig.staff("TPE01"), member_id=older, contact_id=known)).contact_id == known
    refused = await rig.fault(rig.place(rig.member(OTHER), member_id=OTHER, contact_id=early))
    assert (refused.reason, refused.metadata["field"]) == ("NOT_FOUND", "contact_id")


async def test_without_a_secret_no_contact_is_taken_for_anybodys(rig: Rig) -> None:
    forged = sealed(secret="")
    with access.acting_as(access.service("order")), pytest.raises(access.NotYours, match="no such contact"):
        await ContactIds(rig.db, "").own(forged, MEMBER)


def test_two_contacts_never_have_one_name() -> None:
    now = datetime.now(UTC)
    assert len({naming.contact_id(b"k", MEMBER, now) for _ in range(2_000)}) > 1_999
