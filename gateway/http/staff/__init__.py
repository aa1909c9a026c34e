"""Routes for store staff."""

from types import ModuleType

from gateway.http.staff import (
    conversations,
    counts,
    credit,
    lots,
    loyalty,
    members,
    merging,
    orders,
    panel,
    profile,
    shelves,
    sourcing,
    supply,
    tasks,
    transfers,
)

# looked through in this order: what is asked most comes first
ROUTES: tuple[ModuleType, ...] = (
    members,
    loyalty,
    panel,
    profile,
    tasks,
    orders,
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
