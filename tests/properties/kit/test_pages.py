"""Page tokens come back as they went out, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import pages
from kit.errors import Fault

KEY = b"k" * 32
cursors = st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=20), max_size=4)


@given(cursors)
def test_a_cursor_survives_its_token(cursor: dict[str, object]) -> None:
    token = pages.encode(cursor, KEY)
    assert pages.decode(token, KEY) == cursor
    assert token == token.strip("=")


@given(cursors, st.integers(0, 500), st.characters(codec="ascii"))
def test_a_token_that_was_touched_is_refused(cursor: dict[str, object], where: int, what: str) -> None:
    token = pages.encode(cursor, KEY)
    where %= len(token)
    touched = token[:where] + what + token[where + 1 :]
    if touched == token:
        return
    with pytest.raises(pages.PageTokenInvalid):
        pages.decode(touched, KEY)


@given(st.text(min_size=1, max_size=50))
def test_any_text_is_refused_without_a_crash(text: str) -> None:
    with pytest.raises(Fault, match="page token"):
        pages.decode(text, KEY)


@pytest.mark.parametrize(("asked", "given"), [(0, 20), (1, 1), (100, 100), (101, 100), (10**9, 100)])
def test_page_sizes_have_a_default_and_a_limit(asked: int, given: int) -> None:
    assert pages.page_size(asked) == given
