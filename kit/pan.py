"""Numbers of payment cards: no field of ours may hold one."""

import re
from collections.abc import Iterator

from kit.errors import invalid

# 14 to 19 digits in one run, or in groups as they are printed on the card
_RUN = re.compile(r"(?<![\w])\d(?:[ \-.]?\d){13,18}(?![\w])")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# how each scheme's numbers begin and how long they are: a count of the same length is none
_SCHEMES = (
    (re.compile(r"4"), {16, 19}),  # the old ones of 13 digits are gone, and would be what is printed on goods
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"3(?:0[0-5]|095|[689])"), {14, 16, 19}),
    (re.compile(r"35(?:2[89]|[3-8])"), {16, 17, 18, 19}),
    (re.compile(r"6(?:011|4[4-9]|5|2)"), {16, 17, 18, 19}),
)


def found(text: str) -> Iterator[str]:
    """Each number in a text that a card could have."""
    for run in _RUN.finditer(_UUID.sub(" ", text)):
        digits = re.sub(r"\D", "", run.group())
        if _luhn(digits) and any(begin.match(digits) and len(digits) in lengths for begin, lengths in _SCHEMES):
            yield digits


def refuse(field: str, text: str) -> None:
    """Refuses a text that holds a card's number, by the field's name and never by the number."""
    if len(text) > 13 and next(found(text), None) is not None:
        raise invalid(field, "must not hold the number of a payment card")


def _luhn(digits: str) -> bool:
    odd = sum(int(each) for each in digits[-1::-2])
    even = sum(sum(divmod(2 * int(each), 10)) for each in digits[-2::-2])
    return (odd + even) % 10 == 0
