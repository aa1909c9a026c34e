"""Fields that every service reads alike: what none of them could keep is refused by name."""

import asyncpg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kit import fields, postgres
from kit.errors import Fault
from omo.storefacts.v1 import facts_pb2


@pytest.mark.parametrize("seconds", [-1, 7_258_118_400, 253_402_300_799, 10**15])
def test_a_time_that_no_calendar_has_room_for_is_refused(seconds: int) -> None:
    with pytest.raises(Fault) as refused:
        fields.moment(Timestamp(seconds=seconds), "start_time")
    assert refused.value.metadata == {"field": "start_time", "rule": "must be a time of the years 1970 to 2199"}


def test_a_clock_without_a_battery_is_believed() -> None:
    assert fields.moment(Timestamp()).year == 1970


def test_a_fact_is_read_to_its_leaves() -> None:
    line = facts_pb2.SaleLine(sku="COAT", discounts=[facts_pb2.SaleDiscount(rule_id="x"), facts_pb2.SaleDiscount()])
    sale = facts_pb2.SaleFact(receipt_no="R1", lines=[line])
    fields.readable("facts[0]", sale)
    sale.lines[0].discounts[1].rule_id = "a\x00b"
    with pytest.raises(Fault) as refused:
        fields.readable("facts[0]", sale)
    assert refused.value.metadata["field"] == "facts[0].lines.discounts.rule_id"
    sale.business_time.seconds = 10**15
    with pytest.raises(Fault) as refused:
        fields.readable("facts[0]", sale)
    assert refused.value.metadata["field"] == "facts[0].business_time"


def test_a_text_holds_no_nul() -> None:
    with pytest.raises(Fault) as refused:
        fields.text("note", "a\x00b", 10)
    assert refused.value.metadata["field"] == "note"


def test_what_the_database_cannot_keep_is_the_callers_mistake() -> None:
    for kind in (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError):
        fault = postgres.as_fault(kind("invalid byte sequence"))
        assert fault is not None
        assert fault.reason == "FIELD_INVALID"
