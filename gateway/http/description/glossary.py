"""Describes each field and parameter whose model does not, by what its name means at this door."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.http.description import (
    examples,
    glossary_ahead,
    glossary_counter,
    glossary_invoices,
    glossary_payments,
    glossary_people,
    glossary_pickups,
    glossary_returns,
    glossary_shipping,
    glossary_stock,
    glossary_talk,
    glossary_trade,
    glossary_value,
)
from gateway.http.description.glossary_own import ASKED, OWN

WORDS: Mapping[str, str] = {
    # first: who speaks of people, goods and trade has the last word on names that they share
    **glossary_invoices.WORDS,
    **glossary_ahead.WORDS,
    **glossary_counter.WORDS,
    **glossary_payments.WORDS,
    **glossary_shipping.WORDS,
    **glossary_pickups.WORDS,
    **glossary_returns.WORDS,
    **glossary_people.WORDS,
    **glossary_value.WORDS,
    **glossary_talk.WORDS,
    **glossary_trade.WORDS,
    **glossary_stock.WORDS,
}


def tell(document: Mapping[str, Any]) -> None:
    """Adds the descriptions that the models leave to the glossary; what nobody describes stays silent."""
    for schema, name, field in fields(document):
        _say(field, OWN.get(_called(schema), {}).get(name) or WORDS.get(name))
    for parameter in parameters(document):
        name = parameter["name"]
        asked = ASKED.get(name) if parameter["in"] == "query" else None
        _say(parameter, asked or WORDS.get(name))


def fields(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each field with its model and its name."""
    for schema, told in document["components"]["schemas"].items():
        for name, field in told.get("properties", {}).items():
            yield schema, name, field


def parameters(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each parameter of each call."""
    for _, _, operation in examples.operations(document):
        yield from operation.get("parameters", ())


def _say(what: dict[str, Any], text: str | None) -> None:
    if text and not what.get("description"):
        what["description"] = text


def _called(schema: str) -> str:
    """The class's own name: where two modules have one of the same name, schemas are named after both."""
    return schema.rpartition("__")[2].removesuffix("-Input").removesuffix("-Output")
