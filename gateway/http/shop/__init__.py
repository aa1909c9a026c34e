"""Routes for shoppers, signed in or not."""

from types import ModuleType

from gateway.http.shop import (
    auth,
    availability,
    catalogue,
    chat,
    contacts,
    me,
    merging,
    orders,
    privacy,
    profile,
    quotes,
    search,
    units,
)

# looked through in this order: what is asked most comes first
ROUTES: tuple[ModuleType, ...] = (
    orders,
    quotes,
    availability,
    catalogue,
    search,
    me,
    profile,
    privacy,
    merging,
    chat,
    auth,
    contacts,
    units,
)
