"""Routes for shoppers, signed in or not."""

from types import ModuleType

from gateway.http.shop import auth, availability, catalogue, chat, contacts, me, merging, orders, quotes, search, units

# looked through in this order: what is asked most comes first
ROUTES: tuple[ModuleType, ...] = (
    orders,
    quotes,
    availability,
    catalogue,
    search,
    me,
    merging,
    chat,
    auth,
    contacts,
    units,
)
