"""Mistyped words: two words that share a rest, when a letter or two are left out, are as many mistakes apart."""

from collections.abc import Iterable
from itertools import combinations

# a word shorter than this is another word when a letter is wrong
SHORTEST = 4
_SHORTEST_ASKED = 3
_LONGEST = 20
# from so many letters on, two of them may be wrong
_TWO_FROM = 8


def worth_knowing(word: str) -> bool:
    """Whether somebody may mean this word when he types another."""
    return SHORTEST <= len(word) <= _LONGEST and word.isascii()


def worth_mending(word: str) -> bool:
    """Whether a word that nothing has may be a mistyped one."""
    return _SHORTEST_ASKED <= len(word) <= _LONGEST and word.isascii()


def allowed(word: str) -> int:
    """How many mistakes are forgiven."""
    return 2 if len(word) >= _TWO_FROM else 1


def near(word: str) -> list[str]:
    """The word, and what is left of it without one letter, or two where two are forgiven."""
    found = {word}
    for mistakes in range(1, allowed(word) + 1):
        found |= {_without(word, left_out) for left_out in combinations(range(len(word)), mistakes)}
    return sorted(found)


def _without(word: str, places: tuple[int, ...]) -> str:
    return "".join(letter for place, letter in enumerate(word) if place not in places)


def distance(one: str, other: str) -> int:
    """How many letters were left out, put in, exchanged for another or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            found = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and one[i - 2] == theirs:
                found = min(found, last[j - 2] + 1)
            row.append(found)
    return row[-1]


def best(word: str, candidates: Iterable[str], most: int = 3) -> list[str]:
    """The words that may be meant, the likeliest first: fewest mistakes, then the same first letter."""
    forgiven = allowed(word)
    rated = ((distance(word, one), one[0] != word[0], one) for one in candidates)
    return [one for mistakes, _, one in sorted(rated) if mistakes <= forgiven][:most]
