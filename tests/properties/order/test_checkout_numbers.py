"""Order numbers survive being read out, and notice when they were not."""

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout import domain_numbers

BITS = st.integers(0, 2**55 - 1).filter(lambda bits: bits % 37 < 32)


@given(BITS)
def test_a_number_is_read_back_however_it_is_typed(bits: int) -> None:
    number = domain_numbers.order_no(lambda _: bits)
    assert len(number) == 12
    assert domain_numbers.read(number) == number
    assert domain_numbers.read(f" {number[:4]}-{number[4:8]} {number[8:]} ".lower()) == number


@given(BITS, st.integers(0, 10), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_digit_is_noticed(bits: int, place: int, digit: str) -> None:
    number = domain_numbers.order_no(lambda _: bits)
    wrong = number[:place] + digit + number[place + 1 :]
    assert (domain_numbers.read(wrong) is None) == (wrong != number)


@given(BITS, st.integers(0, 9))
def test_two_swapped_digits_are_noticed(bits: int, place: int) -> None:
    number = domain_numbers.order_no(lambda _: bits)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert (domain_numbers.read(swapped) is None) == (swapped != number)
