"""Times that headquarters types."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kit.errors import Fault
from omo.inventory.v1 import catalogue_pb2
from services.inventory.catalogue import wire


@pytest.mark.parametrize("field", ["start_time", "end_time"])
def test_a_price_list_has_no_end_rather_than_one_in_the_year_9999(field: str) -> None:
    given = catalogue_pb2.PriceList(price_list_id="TW", currency_code="TWD")
    assert wire.price_list(given).price_list_id == "TW"
    getattr(given, field).CopyFrom(Timestamp(seconds=253_402_300_799))
    with pytest.raises(Fault) as refused:
        wire.price_list(given)
    assert refused.value.metadata["field"] == f"price_list.{field}"
