"""Barcodes: the check digit of an EAN or UPC is right, own codes may be anything."""

_KINDS = {8: "EAN-8", 12: "UPC-A", 13: "EAN-13", 14: "ITF-14"}


def looks_like_gtin(code: str) -> bool:
    """Whether a code can only be meant as an EAN or UPC."""
    return len(code) in _KINDS and code.isascii() and code.isdigit()


def kind_of(code: str) -> str:
    """What a GTIN of this length is called."""
    return _KINDS[len(code)]


def check_digit(digits: str) -> int:
    """The last digit of a GTIN whose other digits are given."""
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return -weighted % 10


def is_sound(code: str) -> bool:
    """False for an EAN or UPC that was mistyped."""
    return not looks_like_gtin(code) or check_digit(code[:-1]) == int(code[-1])
