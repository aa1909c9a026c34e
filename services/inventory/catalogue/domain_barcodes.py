"""Barcodes: the check digit of an EAN or UPC is right, own codes may be anything."""

# of GTINs: short EAN, UPC-A, EAN and trade units
_GTIN_LENGTHS = frozenset({8, 12, 13, 14})


def looks_like_gtin(code: str) -> bool:
    """Whether a code can only be meant as an EAN or UPC."""
    return len(code) in _GTIN_LENGTHS and code.isascii() and code.isdigit()


def check_digit(digits: str) -> int:
    """The last digit of a GTIN whose other digits are given."""
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return -weighted % 10


def is_sound(code: str) -> bool:
    """False for an EAN or UPC that was mistyped."""
    return not looks_like_gtin(code) or check_digit(code[:-1]) == int(code[-1])
