"""Routes for shoppers, signed in or not."""

from types import ModuleType

from gateway.http.shop import (
    auth,
    availability,
    carts,
    catalogue,
    chat,
    contacts,
    engagement,
    household,
    identifiers,
    me,
    merging,
    orders,
    privacy,
    profile,
    quotes,
    returns,
    search,
    sign_in,
    units,
    wallet,
)

# looked through in this order: what is asked most comes first
ROUTES: tuple[ModuleType, ...] = (
    orders,
    quotes,
    returns,
    carts,
    availability,
    catalogue,
    search,
    me,
    wallet,
    identifiers,
    profile,
    privacy,
    chat,
    merging,
    household,
    auth,
    sign_in,
    contacts,
    engagement,
    units,
)
