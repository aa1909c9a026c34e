"""That the tasks of a store changed: said to whoever stands there, the newest only."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Changes:
    """What one session has not been told yet."""

    def __init__(self) -> None:
        # a till that just came asks in any case: nobody knows what it missed
        self._version = 0
        self._changed = asyncio.Event()
        self._changed.set()

    def tell(self, version: int) -> None:
        """A change; several before the session looks are one."""
        self._version = max(self._version, version)
        self._changed.set()

    async def next(self) -> int:
        """The newest version, once there is news."""
        await self._changed.wait()
        self._changed.clear()
        return self._version


class Announcements:
    """Fans out by location."""

    def __init__(self) -> None:
        self._here: dict[str, set[Changes]] = {}

    @contextmanager
    def at(self, location_id: str) -> Iterator[Changes]:
        """Listens at a location."""
        changes = Changes()
        self._here.setdefault(location_id, set()).add(changes)
        try:
            yield changes
        finally:
            self._here[location_id].discard(changes)
            if not self._here[location_id]:
                del self._here[location_id]

    def changed(self, location_id: str, version: int) -> None:
        """The tasks of a location changed."""
        for changes in self._here.get(location_id, ()):
            changes.tell(version)

    def missed(self) -> None:
        """Something may have changed anywhere."""
        for location_id in list(self._here):
            self.changed(location_id, 0)
