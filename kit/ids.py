"""Makes the suite's identifiers: UUIDv7 as lower-case text, sortable by the time they were made."""

import uuid_utils


def uuid7() -> str:
    """A new identifier; made by whoever first knows the thing, never by a database sequence."""
    return str(uuid_utils.uuid7())
