"""Order numbers survive being read out, and notice when they were not."""

import random

import pytest

from services.order.checkout import domain_numbers


@pytest.mark.parametrize("text", ["", "4XQ7", "4XQ7M2KD9RT", "!" * 12, "4XQ7M2KD9RT3EXTRA"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert domain_numbers.read(text) is None


def test_a_number_has_digits_and_letters_only() -> None:
    drawn = iter([37 * 1_000 + sign for sign in range(32, 37)] + [37 * 1_000 + 31])
    assert domain_numbers.order_no(lambda _: next(drawn)) == "00000001457Z"
    chance = random.Random(2)
    assert all(domain_numbers.order_no(chance.getrandbits).isalnum() for _ in range(1_000))


def test_a_number_with_a_sign_that_was_given_out_before_is_still_read() -> None:
    assert domain_numbers.read("WB70HPGF4K9*") == "WB70HPGF4K9*"


def test_numbers_use_all_their_room() -> None:
    chance = random.Random(1)
    numbers = {domain_numbers.order_no(chance.getrandbits) for _ in range(10_000)}
    assert len(numbers) == 10_000
    assert {number[0] for number in numbers} == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
