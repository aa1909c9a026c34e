"""Terms: what of a product may be typed for it, and what a query looks for."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kit.errors import invalid
from services.inventory.catalogue.domain import Product
from services.inventory.search.domain_forms import FORMS

# raised with every change below, so that documents of older rules are made anew
RULES = 1

# scripts that put no blanks between words: Han, kana, bopomofo, Hangul
_DENSE = "\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"(?P<dense>[{_DENSE}]+)|(?P<word>[^\W_{_DENSE}]+)")
_LONGEST_PREFIX = 24
_SHORTEST_CODE = 2
_WORDS, _CHARACTERS, _QUERY = 16, 32, 200

# what a term says beside the letters: nothing: begun word or character, `=`: whole word, `^`: in a name,
# `#`: whole code, `@`: begun code


def folded(text: str) -> str:
    """Text as it is compared: full and half width, case, accents and forms of one character are the same."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(letter for letter in plain if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", bare).translate(FORMS)


def code(text: str) -> str:
    """A code without what people leave out or put in: blanks, dashes, case."""
    return "".join(letter for letter in folded(text) if letter.isalnum())


def words(text: str) -> Iterator[str]:
    """Words of scripts that have blanks between them, digits too."""
    return (found["word"] for found in _RUNS.finditer(folded(text)) if found["word"])


def grams(text: str) -> list[str]:
    """Every two neighbours of scripts without blanks; of a character alone the character."""
    runs = [found["dense"] for found in _RUNS.finditer(folded(text)) if found["dense"]]
    return [run[place : place + 2] for run in runs for place in range(max(1, len(run) - 1))]


@dataclass(frozen=True, slots=True)
class Document:
    """A product by its terms, and the words that stand in it."""

    product_id: str
    terms: tuple[str, ...]
    words: frozenset[str]


def document(product: Product) -> Document:
    """What the product can be found by."""
    names = [product.name, *product.names.values()]
    codes = [product.product_id, *(variant.sku for variant in product.variants)]
    codes += [barcode for variant in product.variants for barcode in variant.barcodes]
    others = [product.brand, *product.categories, *product.tags, *codes]
    for variant in product.variants:
        others += [variant.title, *variant.options.values()]
    terms = dict.fromkeys(term for text in names for term in _terms(text, in_name=True))
    terms |= dict.fromkeys(term for text in others for term in _terms(text))
    terms |= dict.fromkeys(term for text in codes for term in _code_terms(code(text)))
    found = frozenset(word for text in (*names, *others) for word in words(text))
    return Document(product.product_id, tuple(terms), found)


def _terms(text: str, *, in_name: bool = False) -> Iterator[str]:
    for word in words(text):
        yield f"={word}"
        yield from (word[:length] for length in range(1, min(len(word), _LONGEST_PREFIX) + 1))
        if in_name:
            yield f"^{word}"
    dense = dict.fromkeys([*grams(text), *_singles(grams(text))])
    yield from dense
    if in_name:
        yield from (f"^{gram}" for gram in dense)


def _code_terms(text: str) -> Iterator[str]:
    yield f"#{text}"
    yield from (f"@{text[:length]}" for length in range(_SHORTEST_CODE, min(len(text), _LONGEST_PREFIX) + 1))


def _singles(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(letter for gram in given for letter in gram))


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: a code, or all of the words and characters; `loose`: characters need not be neighbours."""

    code: str
    words: tuple[str, ...]
    grams: tuple[str, ...]
    loose: bool = False

    @property
    def dense(self) -> list[str]:
        """What must be there of scripts without blanks."""
        return _singles(self.grams) if self.loose else list(self.grams)

    @property
    def text_terms(self) -> list[str]:
        """What a document must have to fit as a text."""
        return [word if len(word) <= _LONGEST_PREFIX else f"={word}" for word in self.words] + self.dense

    @property
    def code_terms(self) -> list[str]:
        """What a document must have to fit by a code; a letter alone is none."""
        if len(self.code) < _SHORTEST_CODE:
            return self.text_terms
        return [f"@{self.code}" if len(self.code) <= _LONGEST_PREFIX else f"#{self.code}"]

    @property
    def name_terms(self) -> list[str]:
        """What it must have for all to stand in a name."""
        return [f"^{one}" for one in (*self.words, *self.dense)]

    @property
    def whole_terms(self) -> list[str]:
        """What it must have for all words to be whole."""
        return [f"={word}" for word in self.words] + self.dense

    def names(self, text: str) -> bool:
        """Whether a SKU or barcode is what the query says, or begins so."""
        return len(self.code) >= _SHORTEST_CODE and code(text).startswith(self.code)


def query(text: str) -> Query:
    """A query as it was typed."""
    if not 1 <= len(text) <= _QUERY:
        raise invalid("query", f"must be 1 to {_QUERY} characters")
    found = Query(
        code(text), tuple(dict.fromkeys(words(text)))[:_WORDS], tuple(dict.fromkeys(grams(text)))[:_CHARACTERS]
    )
    if not (found.words or found.grams):
        raise invalid("query", "must hold a letter, a character or a digit")
    return found


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of the products that fit are wanted."""

    inactive_too: bool = False
    category: str = ""
    tag: str = ""
    brand: str = ""
    channel_id: str = ""
    location_id: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A product that fits, and how well: the place of a hit in its list."""

    match: int
    missed: int
    product_id: str


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of what was found, and what was looked for where that is not what was asked."""

    products: list[tuple[Product, int, list[str]]]
    more: str
    corrected: str = ""
