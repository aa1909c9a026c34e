"""Telephone numbers in the notations that people use."""

import pytest

from services.member.identity.domain import PhoneInvalid
from services.member.identity.phones import Phones

TAIWAN = Phones("TW", frozenset({"TW"}))


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "0912-345-678",
        "0912 345 678",
        "(0912) 345-678",
        "+886912345678",
        "+886 912 345 678",
        "+886-912-345-678",
        "+886 (0)912 345 678",
        "+8860912345678",
        "886912345678",
        "002886912345678",
        "00886912345678",
        "912345678",
        "０９１２－３４５－６７８",
        "＋886 912 345 678",
        "  0912345678  ",
        "0912.345.678",
        "0912–345–678",
    ],
)
def test_one_number_in_many_notations(text: str) -> None:
    assert TAIWAN.mobile("phone", text).e164 == "+886912345678"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "12345",
        "02 2345 6789",  # a landline gets no message
        "0800 080 123",
        "0204 123 456",  # premium
        "+1 650 253 0000",
        "+86 138 0013 8000",
        "+886912345",
        "0912345678 ext 5",
        "0912345678;0922345678",
        "phone",
        "HK00012345",
        "0912345678901234567890",
        "<script>",
    ],
)
def test_what_gets_no_code_is_refused(text: str) -> None:
    with pytest.raises(PhoneInvalid) as refused:
        TAIWAN.mobile("phone", text)
    assert refused.value.metadata == {"field": "phone"}


def test_another_country_is_served_where_the_brand_says_so() -> None:
    both = Phones("TW", frozenset({"TW", "HK"}))
    assert both.mobile("phone", "+852 9123 4567").region == "HK"
    assert both.mobile("phone", "0912345678").region == "TW"
    assert TAIWAN.read("+852 9123 4567") is None


def test_neighbouring_numbers_have_a_prefix_in_common() -> None:
    assert TAIWAN.mobile("phone", "0912345678").prefix == "8869123"
    assert TAIWAN.mobile("phone", "0912300000").prefix == "8869123"


def test_a_number_does_not_show_when_printed() -> None:
    assert "912345678" not in repr(TAIWAN.mobile("phone", "0912345678"))
    assert TAIWAN.masked("+886912345678") == "+886 9** *** 678"
