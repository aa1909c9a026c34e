"""How shipped goods go to the shopper, as it is asked for and shown, and what happened to them on their way."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, LocationId, Shown, Time, When, Whole, eg

_METHOD = StringConstraints(min_length=1, max_length=32, pattern=r"^[a-z0-9][a-z0-9_-]*$")
_COUNTRY = StringConstraints(pattern=r"^(|[A-Z]{2})$")
_POSTAL = StringConstraints(max_length=12, pattern=r"^(|[A-Z0-9][A-Z0-9 -]*)$")
_METHODS = "One of the brand's methods, such as standard or express; the brand says which are expedited."


class Destination(Asked):
    """Whereabouts it goes: enough to tell which location is near; the address is the contact's."""

    country_code: Annotated[str, _COUNTRY, eg("TW", "ISO 3166-1.")] = ""
    postal_code: Annotated[
        str, _POSTAL, eg("110", "Capital letters, digits, spaces and -; its first three characters are kept.")
    ] = ""
    latitude_e6: Annotated[
        Whole | None,
        Field(ge=-90_000_000, le=90_000_000),
        eg(25_040_000, "Millionths of a degree; kept to about a kilometre. Goes with the longitude."),
    ] = None
    longitude_e6: Annotated[
        Whole | None,
        Field(ge=-180_000_000, le=180_000_000),
        eg(121_570_000, "Millionths of a degree; kept to about a kilometre. Goes with the latitude."),
    ] = None


class Delivery(Asked):
    """How shipped lines go."""

    shipping_method: Annotated[str, _METHOD, eg("standard", _METHODS)] = "standard"
    promise_time: Annotated[
        When | None, eg("2030-01-08T18:00:00+08:00", "By when the shop told the shopper that he has it.")
    ] = None
    destination: Destination | None = None
    collect_location_id: Annotated[
        LocationId | None, eg(None, "The store where the shopper collects what is shipped; none: it is sent to him.")
    ] = None


class ShownDestination(Shown):
    """Whereabouts it goes."""

    country_code: Annotated[str | None, eg("TW", "ISO 3166-1.")]
    postal_code: Annotated[str | None, eg("110")]
    latitude_e6: Annotated[int | None, eg(25_040_000, "Millionths of a degree, to about a kilometre.")]
    longitude_e6: Annotated[int | None, eg(121_570_000, "Millionths of a degree, to about a kilometre.")]


class ShownDelivery(Shown):
    """How shipped lines go."""

    shipping_method: Annotated[str, eg("standard", _METHODS)]
    promise_time: Time | None
    destination: ShownDestination | None
    collect_location_id: Annotated[LocationId | None, eg(None, "The store where it is collected.")]


class OrderNews(Shown):
    """Something that happened to an order between its confirmation and the shopper's hands."""

    kind: Annotated[
        str,
        eg(
            "SOURCED",
            "SOURCED, UNPLACED, GIVEN_UP, PICKUP_REJECTED, PROMISE_BROKEN, PROMISE_MENDED, REJECTED, "
            "SENT_FOR or CANCELLED.",
        ),
    ]
    business_time: Time | None
    line_no: Annotated[int, eg(1, "0: the whole order.")]
    quantity: Annotated[int, eg(1, "0: all of it.")]
    location_id: Annotated[LocationId | None, eg("TPE01")]
    reason: Annotated[str | None, eg(None, "Why, as a word of a list.")]
    promise_time: Annotated[Time | None, eg(None, "SENT_FOR: until when it should be there.")]
