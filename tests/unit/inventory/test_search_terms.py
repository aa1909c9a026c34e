"""What is typed and what is written become the same terms: widths, cases, accents, forms of one character."""

import pytest

from kit.errors import Fault
from services.inventory.catalogue.domain import Product, Variant
from services.inventory.search import domain, domain_typos

COAT = Product(
    "COAT-CAMEL",
    "駝色羊毛大衣",
    {"en": "Camel Coat", "fr": "Manteau Été"},
    brand="Hikari",
    categories=("Women", "外套"),
    variants=(Variant("COAT-CAMEL-M", "M", {"colour": "駝色"}, ("4712345678900",)),),
)
TERMS = set(domain.document(COAT).terms)


def fits(text: str, *, loose: bool = False) -> bool:
    asked = domain.query(text)
    asked = domain.Query(asked.code, asked.words, asked.grams, loose)
    return set(asked.text_terms) <= TERMS or set(asked.code_terms) <= TERMS


@pytest.mark.parametrize(
    "text",
    [
        "衣", "大衣", "羊毛大衣", "駝色", "外套", "camel", "CAMEL coat", "coat camel", "cam", "ete", "ÉTÉ", "hikari",
        "大衣 camel", "camel大衣", "ＣＡＭＥＬ", "ｃｏａｔ", "COAT-CAMEL-M", "coat camel m", "coatcamelm", "coat-ca",
        "4712345678900", "471234", "４７１２３４５６７８９００", "women",
    ],
)  # fmt: skip
def test_found(text: str) -> None:
    assert fits(text)


@pytest.mark.parametrize("text", ["褲", "毛衣", "色大", "amel", "coat blue", "衣大", "4712345678901", "oat"])
def test_not_found(text: str) -> None:
    assert not fits(text)


def test_loose_characters_need_not_be_neighbours() -> None:
    assert fits("駝色大衣", loose=True)
    assert not fits("駝色大衣")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("台北", "臺北"),
        ("裡布", "裏布"),
        ("着物", "著物"),
        ("衛衣", "衞衣"),
        ("線衫", "綫衫"),
        ("峰", "峯"),
        ("黑", "黒"),
    ],
)
def test_forms_of_one_character_are_the_same(typed: str, written: str) -> None:
    assert domain.folded(typed) == domain.folded(written)
    assert domain.grams(typed) == domain.grams(written)


def test_half_width_kana_and_compatibility_forms_are_the_same() -> None:
    assert domain.folded("ｺｰﾄ") == domain.folded("コート")
    assert domain.folded("\uf9fd") == domain.folded("什")  # a compatibility ideograph


@pytest.mark.parametrize("text", ["", " ", "--", "！？", "x" * 201])
def test_a_query_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(Fault) as refused:
        domain.query(text)
    assert refused.value.metadata["field"] == "query"


def test_a_query_is_bounded() -> None:
    asked = domain.query(" ".join(f"w{n}" for n in range(40)))
    assert len(asked.words) == 16
    assert len(domain.query("".join(chr(0x4E00 + n) for n in range(200))).grams) == 32


@pytest.mark.parametrize(
    ("one", "other", "mistakes"),
    [("coat", "caot", 1), ("coat", "cot", 1), ("coat", "coats", 1), ("coat", "boat", 1), ("coat", "taco", 4),
     ("camel", "camel", 0), ("", "abc", 3), ("cashmere", "cahsmeer", 2)],
)  # fmt: skip
def test_mistakes_are_counted(one: str, other: str, mistakes: int) -> None:
    assert domain_typos.distance(one, other) == domain_typos.distance(other, one) == mistakes


def test_the_likeliest_word_comes_first() -> None:
    assert domain_typos.best("caot", ["coat", "boat", "chat", "goats"]) == ["coat"]
    assert domain_typos.best("boat", ["coat", "boats", "bolt"]) == ["boats", "bolt", "coat"]
