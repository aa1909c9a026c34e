"""Order numbers for people: random, hard to misread, and able to tell a typing error."""

from collections.abc import Callable

# Crockford's base32 without I, L, O and U; the check digit is the number modulo 37. Of the signs for
# the last five none is given out, but earlier numbers may have one.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS = _DIGITS + "*~$=U"
_LENGTH = 11
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def order_no(random_bits: Callable[[int], int]) -> str:
    """Eleven random digits (55 bits) and a check digit, such as 4XQ7M2KD9RT3; nobody can guess another's.

    Those that would need one of the five signs are drawn again: nobody reads `*` out, or finds it on a scanner.
    """
    value = random_bits(5 * _LENGTH)
    while value % 37 >= len(_DIGITS):
        value = random_bits(5 * _LENGTH)
    digits = "".join(_DIGITS[value >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
    return digits + _CHECKS[value % 37]


def read(text: str) -> str | None:
    """The order number that somebody typed, whatever case, blanks and O for 0; None if its check digit is wrong."""
    number = text.strip().upper().translate(_READ_AS)
    digits, check = number[:-1], number[-1:]
    if len(digits) != _LENGTH or any(digit not in _DIGITS for digit in digits):
        return None
    value = 0
    for digit in digits:
        value = value << 5 | _DIGITS.index(digit)
    return number if _CHECKS[value % 37] == check else None
