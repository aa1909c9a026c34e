"""Books that are long are proved sometimes, and nothing that is wrong is overlooked for it."""

import pytest

from tests.harness.proving import Proving


class Books:
    def __init__(self) -> None:
        self.looks = 0
        self.wrong: list[str] = []
        self.proving = Proving(self.drifts)

    async def drifts(self) -> list[str]:
        self.looks += 1
        return self.wrong


async def test_short_books_are_proved_after_each_example_and_long_ones_sometimes() -> None:
    books = Books()
    for _ in range(10_000):
        await books.proving.example()
    assert books.looks == 200 + 196


async def test_what_is_wrong_is_found_and_found_again_when_it_is_tried_again() -> None:
    books = Books()
    for _ in range(201):
        await books.proving.example()
    books.wrong = ["COAT"]
    for _ in range(48):
        await books.proving.example()
    for _ in range(2):
        with pytest.raises(AssertionError, match="COAT"):
            await books.proving.example()


async def test_at_last_all_is_looked_at() -> None:
    books = Books()
    books.wrong = ["COAT"]
    with pytest.raises(AssertionError, match="COAT"):
        await books.proving.all()
