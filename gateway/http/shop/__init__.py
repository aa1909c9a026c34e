"""Routes for shoppers, signed in or not."""

from types import ModuleType

from gateway.http.shop import (
    auth,
    availability,
    catalogue,
    chat,
    contacts,
    identifiers,
    me,
    merging,
    orders,
    privacy,
    profile,
    quotes,
    search,
    sign_in,
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
    identifiers,
    profile,
    privacy,
    merging,
    chat,
    auth,
    sign_in,
    contacts,
    units,
)
