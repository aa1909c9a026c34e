"""Typed reading of a plain document, with the path of whatever is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from omo_pricing.errors import RuleError

E = TypeVar("E", bound=StrEnum)
LONGEST = 255
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")


class Fields:
    """The fields of one object; `done` refuses those that nobody asked for."""

    def __init__(self, data: object, path: str) -> None:
        if not isinstance(data, Mapping):
            raise RuleError(path, "must be an object")
        self._data: Mapping[object, object] = data
        self._asked: set[str] = set()
        self._path = path

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        return name in self._data

    def text(self, name: str) -> str:
        """A code or an id."""
        return _text(self._take(name), self.at(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of codes or ids; none by default."""
        return tuple(_text(value, path) for path, value in self.items(name))

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def wholes(self, name: str, lowest: int, highest: int) -> tuple[int, ...]:
        """A list of whole numbers; none by default."""
        return tuple(_whole(value, path, lowest, highest) for path, value in self.items(name))

    def clock(self, name: str, default: int) -> int:
        """A time of day, HH:MM, as minutes after midnight; 24:00 ends a day."""
        if not self.has(name):
            return default
        value = self._take(name)
        if isinstance(value, str) and _CLOCK.fullmatch(value):
            return int(value[:2]) * 60 + int(value[3:])
        raise RuleError(self.at(name), "must be a time of day, such as 15:30")

    def items(self, name: str) -> list[tuple[str, object]]:
        """A list's elements, each with its path; none by default."""
        value = self._take(name, [])
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise RuleError(self.at(name), "must be a list")
        return [(f"{self.at(name)}[{place}]", element) for place, element in enumerate(value)]

    def nested(self, name: str) -> Fields:
        """An object inside this one; empty by default."""
        return Fields(self._take(name, {}), self.at(name))

    def whole(self, name: str, lowest: int, highest: int, default: int | None = None) -> int:
        return _whole(self._take(name, default), self.at(name), lowest, highest)

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise RuleError(self.at(name), "must be true or false")
        return value

    def choice(self, name: str, of: type[E], default: E | None = None) -> E:
        value = self._take(name, default)
        if not isinstance(value, str) or value not in list(of):
            raise RuleError(self.at(name), f"must be one of {', '.join(sorted(of))}")
        return of(value)

    def optional_choice(self, name: str, of: type[E]) -> E | None:
        return self.choice(name, of) if self.has(name) else None

    def moment(self, name: str) -> datetime | None:
        """An RFC 3339 time with its offset; None by default."""
        if not self.has(name):
            return None
        value = self._take(name)
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            with suppress(ValueError):
                return datetime.fromisoformat(value)
        raise RuleError(self.at(name), "must be an RFC 3339 time with its offset, such as 2026-01-01T00:00:00+08:00")

    def done(self) -> None:
        """Refuses a field that was not asked for: a misspelt condition must not widen a rule."""
        for name in self._data:
            if name not in self._asked:
                raise RuleError(self.at(str(name)), "is not a field that the engine knows")

    def _take(self, name: str, default: object = None) -> object:
        self._asked.add(name)
        value = self._data.get(name, default)
        if value is None:
            raise RuleError(self.at(name), "must be given")
        return value


def _whole(value: object, path: str, lowest: int, highest: int) -> int:
    if type(value) is not int or not lowest <= value <= highest:
        raise RuleError(path, f"must be a whole number from {lowest} to {highest}")
    return value


def _text(value: object, path: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST:
        raise RuleError(path, f"must be a text of 1 to {LONGEST} characters")
    return value
