"""kit knows no business word, and no file gives a secret away."""

import pytest

from tests.house import words
from tests.house.tree import ROOT, files, planted, sources

_TEXT = {".py", ".pyi", ".md", ".toml", ".yaml", ".yml", ".json", ".sql", ".sh", ".proto", ".txt", ".cfg", ".html", ""}


def test_kit_knows_no_business_word() -> None:
    assert not (found := words.business_in_kit(sources(("kit",)))), "\n".join(found)


@pytest.mark.parametrize(
    "line", ["sku: str", "# the coupon's hold", "class OrderLine:", "order_id", "# an order", "price"]
)
def test_a_planted_word_is_found(line: str) -> None:
    assert len(words.business_in_kit(planted("kit/outbox.py", line))) == 1


@pytest.mark.parametrize(
    "line", ["ORDER BY due", "in order", "order_target: str", "Kind.MEMBER", "ordered", "an ordered list"]
)
def test_what_kit_may_say_is_not_found(line: str) -> None:
    assert words.business_in_kit(planted("kit/outbox.py", line)) == []


def test_no_file_gives_a_secret_away() -> None:
    named = [
        (name, ROOT / name) for name in files() if (ROOT / name).suffix in _TEXT and not name.startswith("uv.lock")
    ]
    assert not (found := words.secrets((name, path.read_text(errors="replace")) for name, path in named)), "\n".join(
        found
    )


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN " + "PRIVATE KEY-----",
        "seed = 'SU" + "A" * 56 + "'",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "path = '/ho" + "me/someone/omo/x'",
        "eyJ" + "a" * 24 + ".eyJ" + "b" * 24 + "." + "c" * 24,
    ],
)
def test_a_planted_secret_is_found(text: str) -> None:
    assert len(words.secrets([("deploy/a.yaml", text)])) == 1
