"""Page tokens come back as they went out, or not at all."""

import pytest

from kit import pages
from kit.errors import Fault

KEY = b"k" * 32


def test_a_token_of_another_list_is_refused() -> None:
    with pytest.raises(pages.PageTokenInvalid):
        pages.decode(pages.encode({"id": 1}, b"another" * 5), KEY)


def test_no_token_is_the_first_page() -> None:
    assert pages.decode("", KEY) is None


def test_a_negative_page_size_is_refused() -> None:
    with pytest.raises(Fault, match="page_size"):
        pages.page_size(-1)
