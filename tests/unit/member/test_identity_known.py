"""Whom a number or a card means that several people are known by."""

from datetime import UTC, datetime

import pytest

from services.member.identity.domain import By, Identifier, Kind, Member
from services.member.identity.domain_known import Known, meant, namesake


def person(name: str) -> Member:
    return Member(name or "?", Kind.MEMBER, name, (), None, "", "", "store", datetime(2026, 1, 1, tzinfo=UTC))


def shown(kind: By, *names: str) -> Known:
    return Known(Identifier(kind, "x"), tuple(map(person, names)), held=bool(names))


FAMILY = shown(By.PHONE, "王大明", "王小美")


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("王小美", [FAMILY], "王小美"),
        ("王 小美", [FAMILY], "王小美"),
        ("陳一", [FAMILY], None),
        ("", [FAMILY], None),
        ("", [shown(By.PHONE, "王大明")], "王大明"),
        ("王大明", [shown(By.PHONE, "")], "?"),
        ("陳一", [shown(By.PHONE, "王大明")], None),
        ("王大明", [shown(By.PHONE, "王大明", "王大明")], None),
        ("陳一", [shown(By.PHONE, "王大明"), shown(By.CARD, "陳一")], "陳一"),
        ("", [FAMILY, shown(By.CARD, "王小美")], "王小美"),
        ("王大明", [FAMILY, shown(By.CARD, "王小美")], "王大明"),
        ("陳一", [shown(By.PHONE), shown(By.CARD, "王大明")], None),
        ("陳一", [], None),
    ],
    ids=[
        "the one of the name", "however it is written", "another name", "no name, two people", "no name, one person",
        "one person without a name", "one person of another name", "two of one name", "a weaker one tells",
        "the card tells which of them", "the number is stronger", "free and a stranger's", "nothing",
    ],
)  # fmt: skip
def test_the_name_tells_and_where_it_does_not_nothing_does(name: str, known: list[Known], expected: str | None) -> None:
    found = meant(name, known)
    assert (found and found.member_id) == expected


def test_a_namesake_is_one() -> None:
    assert namesake("王小美", FAMILY.people) == person("王小美")
    assert namesake("", FAMILY.people) is None
