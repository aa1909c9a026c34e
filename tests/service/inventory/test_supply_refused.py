"""What of goods that are to come is refused: nonsense by its field, ended documents, and what is others'."""

import pytest

from kit.errors import Fault
from omo.inventory.v1 import supply_pb2 as pb
from tests.service.inventory.conftest import Inventory, member
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.supplied import document, expect, line, receive
from tests.service.inventory.test_promises import brand, refused


@pytest.fixture
async def shop(inventory: Inventory) -> Inventory:
    """Coats: one at A, none at B."""
    await brand(inventory, {("COAT", "A"): 1, ("COAT", "B"): 0})
    return inventory


async def test_a_store_receives_its_own_goods_only(shop: Inventory) -> None:
    await expect(shop, document("PO-1", line(shop, 5), line(shop, 5, "B")), document("PO-2", line(shop, 1, "B")))
    assert (await receive(shop, "PO-1", 1, who=staff("A"))).lines[0].accepted == 1
    assert (await refused(receive(shop, "PO-1", 1, who=staff("A"), line_no=2))).metadata["location_id"] == "B"
    assert (await refused(receive(shop, "PO-2", 1, who=staff("A")))).reason == "NOT_FOUND"
    assert (await refused(Floor(shop).do("PutSupply", staff("A"), documents=[]))).reason == "PERMISSION_DENIED"
    assert (await refused(Floor(shop).do("ListSupply", member()))).reason == "PERMISSION_DENIED"


async def test_an_ended_document_is_not_written_again(shop: Inventory) -> None:
    floor = Floor(shop)
    await expect(shop, document("PO-1", line(shop, 5)))
    for _ in range(2):
        ended = (await floor.do("CancelSupply", document_id="PO-1")).document
        assert (ended.state, ended.version, ended.lines[0].incoming) == (pb.SUPPLY_STATE_CANCELLED, 2, 0)
    fault = await refused(expect(shop, document("PO-1", line(shop, 9))))
    assert (fault.reason, fault.metadata["state"]) == ("SUPPLY_STATE", "CANCELLED")
    assert (await receive(shop, "PO-1", 2)).lines[0].accepted == 2
    assert (await shop.level("COAT", "A")).on_hand == 3


async def test_nonsense_is_refused_by_its_field(shop: Inventory) -> None:
    async def why(*documents: pb.SupplyDocument) -> tuple[str, str]:
        fault = await refused(expect(shop, *documents))
        return fault.reason, fault.metadata.get("field", "")

    assert await why() == ("FIELD_INVALID", "documents")
    assert await why(document("PO-1")) == ("FIELD_INVALID", "documents[0].lines")
    for quantity in (0, -3, 10**7):
        assert await why(document("PO-1", line(shop, quantity))) == (
            "FIELD_INVALID", "documents[0].lines[0].quantity",
        )  # fmt: skip
    timeless = pb.SupplyLine(sku="COAT", location_id="A", quantity=1)
    assert await why(document("PO-1", timeless)) == ("FIELD_INVALID", "documents[0].lines[0].expected_time")
    assert await why(document("PO-1", line(shop, 1, days=9999))) == (
        "FIELD_INVALID", "documents[0].lines[0].expected_time",
    )  # fmt: skip
    assert await why(document("", line(shop, 1))) == ("FIELD_INVALID", "documents[0].document_id")
    unkind = pb.SupplyDocument(document_id="PO-1", lines=[line(shop, 1)])
    assert await why(unkind) == ("FIELD_INVALID", "documents[0].kind")
    twice = document("PO-1", line(shop, 1, line_no=2), line(shop, 1, line_no=2))
    assert await why(twice) == ("FIELD_INVALID", "documents[0].lines")
    assert (await why(document("PO-1", line(shop, 1, sku="NIX"))))[0] == "UNKNOWN_SKU"
    assert (await why(document("PO-1", line(shop, 1, "NIX"))))[0] == "UNKNOWN_LOCATION"
    await shop.put_locations("SHUT", active=False)
    assert (await why(document("PO-1", line(shop, 1, "SHUT"))))[0] == "LOCATION_CLOSED"
    await expect(shop, document("PO-1", line(shop, 1)))
    assert await why(document("PO-1", line(shop, 1, "B"))) == ("FIELD_INVALID", "documents")
    for given in ({"accepted": 0}, {"accepted": -1}, {"line_no": 7}):
        with pytest.raises(Fault, match="arrivals"):
            await receive(shop, "PO-1", **{"accepted": 1} | given)
    assert (await refused(receive(shop, "PO-9", 1))).reason == "NOT_FOUND"
    assert (await refused(Floor(shop).do("GetSupply", document_id="PO-9"))).reason == "NOT_FOUND"
    assert (await refused(Floor(shop).do("CancelSupply", document_id="PO-9"))).reason == "NOT_FOUND"
