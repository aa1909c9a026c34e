"""Routes for headquarters."""

from types import ModuleType

from gateway.http.hq import (
    access,
    assortments,
    availability,
    catalogue,
    conversations,
    counts,
    figures,
    imports,
    lots,
    members,
    merging,
    orders,
    plan_policy,
    plans,
    prices,
    shelves,
    sourcing,
    staff,
    stock,
    supply,
    transfers,
)

# looked through in this order: what is asked most comes first
ROUTES: tuple[ModuleType, ...] = (
    access,
    staff,
    catalogue,
    assortments,
    availability,
    prices,
    imports,
    stock,
    transfers,
    supply,
    counts,
    lots,
    shelves,
    sourcing,
    plan_policy,
    plans,
    orders,
    members,
    conversations,
    merging,
    figures,
)
