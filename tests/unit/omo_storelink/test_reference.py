"""The till's copies: newest wins, a snapshot forgets what it does not name, a broken one is begun anew."""

from pathlib import Path

from omo.inventory.v1 import catalogue_pb2 as pb
from omo.member.v1 import access_pb2
from omo.storelink.v1 import storelink_service_pb2 as link
from omo_storelink import Reference
from tests.unit.omo_storelink.shop import CURSOR, coat, prices, shop

MARK = link.SnapshotMark(publisher="inventory")


def _at(sequence: int) -> link.ReferenceCursor:
    return link.ReferenceCursor(publisher="inventory", stream_epoch="e", sequence=sequence)


def test_an_older_state_changes_nothing() -> None:
    reference = shop()
    reference.take(link.Reference(cursor=CURSOR, product=coat(3)))
    reference.take(link.Reference(cursor=CURSOR, price_list=prices(8, amount=1)))
    found = reference.product("COAT")
    assert found is not None
    assert found[0].version == 4
    assert reference.prices("COAT") == {"retail": 3000}


def test_a_removed_price_is_gone_until_a_newer_one_comes() -> None:
    reference = shop()
    head = pb.PriceList(price_list_id="retail", currency_code="TWD", version=10)
    gone = link.PriceListPart(price_list=head, removed_skus=["COAT"])
    reference.take(link.Reference(cursor=CURSOR, price_list=gone))
    reference.take(link.Reference(cursor=CURSOR, price_list=prices(9)))
    assert reference.prices("COAT") == {}
    reference.take(link.Reference(cursor=CURSOR, price_list=prices(11, amount=5)))
    assert reference.prices("COAT") == {"retail": 5}


def test_a_snapshot_forgets_what_it_does_not_name_and_only_of_its_publisher() -> None:
    reference = shop()
    staff = access_pb2.Staff(staff_code="A102", version=1)
    reference.take(link.Reference(cursor=link.ReferenceCursor(publisher="member"), staff=staff))
    reference.take(link.Reference(cursor=_at(7), snapshot_begin=MARK))
    reference.take(link.Reference(cursor=_at(7), tax_class=pb.TaxClass(tax_class="zero")))
    assert reference.product("COAT") is not None
    reference.take(link.Reference(cursor=_at(7), snapshot_end=MARK))
    assert reference.product("COAT") is None
    assert reference.product("bar-COAT") is None
    assert reference.prices("COAT") == {}
    assert reference.tax_classes() == {"zero": 0}
    assert reference.staff("A102") == staff
    assert {each.publisher: each.sequence for each in reference.cursors()} == {"inventory": 7, "member": 0}


def test_a_snapshot_keeps_a_newer_state_that_an_event_brought() -> None:
    reference = shop()
    reference.take(link.Reference(cursor=_at(7), snapshot_begin=MARK))
    reference.take(link.Reference(cursor=_at(7), product=coat(2)))
    reference.take(link.Reference(cursor=_at(7), snapshot_end=MARK))
    found = reference.product("COAT")
    assert found is not None
    assert found[0].version == 4


def test_a_broken_snapshot_moves_no_cursor_and_survives_the_process(tmp_path: Path) -> None:
    reference = Reference.open(tmp_path / "r")
    reference.take(link.Reference(cursor=_at(3), product=coat()))
    reference.take(link.Reference(cursor=_at(9), snapshot_begin=MARK))
    reference.take(link.Reference(cursor=_at(9), tax_class=pb.TaxClass(tax_class="zero")))
    assert [each.sequence for each in reference.resume()] == [3]
    reference.close()
    again = Reference.open(tmp_path / "r")
    assert [each.sequence for each in again.cursors()] == [3]
    assert again.product("COAT") is not None
    again.close()


def test_rules_are_those_heard_last() -> None:
    reference = shop()
    for version in ("1", "2"):
        rules = link.Rules(version=version, rules_json="{}")
        reference.take(link.Reference(cursor=link.ReferenceCursor(publisher="order"), rules=rules))
    assert reference.rules().version == "2"
