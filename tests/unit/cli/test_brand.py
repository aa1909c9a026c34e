"""The demo's brand: its barcodes can be scanned, its rules can be priced with, its data agree with themselves."""

import pytest

import omo_pricing
from cli.demo import brand, offers
from services.member.access.domain import check_pin


def test_every_barcode_has_its_check_digit() -> None:
    barcodes = [code for product in brand.products() for variant in product["variants"] for code in variant["barcodes"]]
    assert len(set(barcodes)) == len(brand.skus()) == 13
    for code in barcodes:
        assert len(code) == 13
        assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(code)) % 10 == 0
    assert brand.ean13(1) == "4711234000013"


def test_every_good_has_a_price_and_every_staff_member_a_store() -> None:
    assert {price["sku"] for price in brand.PRICE_LIST["prices"]} == set(brand.skus())
    stores = {place["location_id"] for place in brand.LOCATIONS if place["kind"] == "STORE"}
    assert {person.location_id for person in brand.STAFF} <= stores


@pytest.mark.parametrize("person", brand.STAFF, ids=lambda person: person.code)
def test_every_pin_may_be_chosen(person: brand.StaffMember) -> None:
    check_pin(person.pin)


def test_a_single_cup_costs_what_the_pack_counts_by() -> None:
    prices = {price["sku"]: price["amount"] for price in brand.PRICE_LIST["prices"]}
    assert prices[offers.PACK["sku"]] == offers.PACK["list_price"]


def test_the_rules_can_be_priced_with() -> None:
    rules = omo_pricing.rules.parse({"version": "demo", "rules": brand.RULES})
    assert rules.index.codes.keys() == {brand.COUPON}
    assert rules.index.issued.keys() == {offers.CAMPAIGN["rule_id"], *(one["rule_id"] for one in offers.BENEFITS)}
