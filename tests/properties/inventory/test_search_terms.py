"""What is typed and what is written become the same terms: widths, cases, accents, forms of one character."""

from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Fault
from services.inventory.catalogue.domain import Product
from services.inventory.search import domain, domain_typos


@given(st.text(min_size=1, max_size=60))
def test_every_name_is_found_by_itself(name: str) -> None:
    try:
        asked = domain.query(name)
    except Fault:
        return
    terms = set(domain.document(Product("P", name)).terms)
    assert set(asked.text_terms) <= terms
    assert set(asked.name_terms) <= terms


WORD = st.text("abcde", min_size=4, max_size=9)


@given(WORD, WORD)
def test_words_a_mistake_apart_share_a_rest(one: str, other: str) -> None:
    """Nothing that is forgiven may be missed by the index: the rests of both words must meet."""
    if domain_typos.distance(one, other) <= min(domain_typos.allowed(one), domain_typos.allowed(other)):
        assert set(domain_typos.near(one)) & set(domain_typos.near(other))
