"""Serials as tills tell them."""

from collections.abc import Iterable

from kit import fields


def told(given: Iterable[str], most: int) -> tuple[str, ...]:
    """Serials that a till tells, each once and as a counter can name them; what is none leaves its unit without."""
    texts = (one.replace("\x00", "").strip() for one in given)
    return tuple(dict.fromkeys(filter(fields.is_code, texts)))[: max(most, 0)]
