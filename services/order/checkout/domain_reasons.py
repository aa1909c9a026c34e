"""Reasons as journals keep them, for ever: words of lists, never what a person wrote."""

import re

IN_WORDS = "IN_WORDS"
_CODE = re.compile(r"[A-Z0-9_]{0,64}")


def kept(reason: str) -> str:
    """The reason; of one that somebody typed only that he did.

    What he wrote may name a person: it stands beside the order, where it can
    be forgotten. Nothing in a journal can.
    """
    return reason if _CODE.fullmatch(reason) else IN_WORDS
