"""Routes for store staff."""

from types import ModuleType

from gateway.http.staff import (
    carts,
    conversations,
    counts,
    credit,
    identifiers,
    lots,
    loyalty,
    members,
    merging,
    orders,
    panel,
    profile,
    returns,
    shelves,
    sourcing,
    supply,
    tasks,
    transfers,
    wallet,
)

# looked through in this order: what is asked most comes first
ROUTES: tuple[ModuleType, ...] = (
    members,
    identifiers,
    loyalty,
    wallet,
    panel,
    profile,
    returns,
    tasks,
    orders,
    carts,
    sourcing,
    transfers,
    supply,
    counts,
    shelves,
    lots,
    credit,
    conversations,
    merging,
)
