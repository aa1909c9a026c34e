"""What a till warns of: goods that its store or its channel does not sell at the moment."""

from datetime import timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from omo.inventory.v1 import catalogue_pb2 as pb
from omo.storelink.v1 import storelink_service_pb2 as link
from omo_pricing import NotSold
from omo_storelink import Basket, Line, Reference
from omo_storelink.baskets import Pricer
from tests.unit.omo_storelink.shop import AT, CURSOR, shop

TWO = Basket([Line("COAT", 1), Line("bar-COAT", 1)])


def _stamp(days: int) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(AT + timedelta(days=days))
    return found


def _told(reference: Reference, version: int, *entries: pb.AssortmentEntry) -> dict[int, NotSold]:
    given = pb.Assortment(sku="COAT", version=version, entries=entries)
    reference.take(link.Reference(cursor=CURSOR, assortment=given))
    pricer = Pricer(reference, location_id="TPE01", channel_id="stores", currency="TWD")
    assert pricer.offer(TWO, AT).payable > 0, "the price stands all the same"
    return pricer.not_sold(TWO, AT)


def test_what_nobody_named_is_sold_unless_only_what_is_listed_is() -> None:
    reference = shop()
    pricer = Pricer(reference, location_id="TPE01", channel_id="stores", currency="TWD")
    assert pricer.not_sold(TWO, AT) == {}
    reference.take(link.Reference(cursor=CURSOR, location=pb.Location(location_id="TPE01", listed_only=True)))
    assert pricer.not_sold(TWO, AT) == {1: NotSold.LOCATION, 2: NotSold.LOCATION}
    assert _told(reference, 1, pb.AssortmentEntry(location_id="TPE01")) == {}
    reference.take(link.Reference(cursor=CURSOR, channel=pb.Channel(channel_id="stores", listed_only=True)))
    assert pricer.not_sold(TWO, AT) == {1: NotSold.CHANNEL, 2: NotSold.CHANNEL}


def test_windows_and_what_is_withheld() -> None:
    reference = shop()
    both = {1, 2}
    for version, (entry, why) in enumerate(
        (
            (pb.AssortmentEntry(channel_id="stores", withheld=True), NotSold.CHANNEL),
            (pb.AssortmentEntry(location_id="TPE01", withheld=True), NotSold.LOCATION),
            (pb.AssortmentEntry(channel_id="stores", published_time=_stamp(1)), NotSold.NOT_YET),
            (pb.AssortmentEntry(location_id="TPE01", unpublished_time=_stamp(0)), NotSold.NO_MORE),
        ),
        1,
    ):
        assert _told(reference, version, entry) == dict.fromkeys(both, why)
    elsewhere = (pb.AssortmentEntry(channel_id="web", withheld=True), pb.AssortmentEntry(location_id="TPE02"))
    assert _told(reference, 9, *elsewhere) == {}
    assert _told(reference, 3, pb.AssortmentEntry(channel_id="stores", withheld=True)) == {}, "older than what is known"


def test_a_snapshot_without_it_forgets_it() -> None:
    reference = shop()
    mark = link.SnapshotMark(publisher="inventory")
    assert _told(reference, 1, pb.AssortmentEntry(channel_id="stores", withheld=True))
    reference.take(link.Reference(cursor=CURSOR, snapshot_begin=mark))
    reference.take(link.Reference(cursor=CURSOR, snapshot_end=mark))
    assert reference.assortment("COAT") is None
