"""What the names of fields and parameters mean that speak of counters: visits, rejected pickups, reservations."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "ask": "A store's no asks the shopper; otherwise it ends the order.",
    "choice_id": "The question's id.",
    "chosen": "What was chosen; null while the shopper is asked.",
    "chosen_location_id": "Where it is collected instead.",
    "collected_order_id": "The order that was collected.",
    "dropped": "What the shopper leaves of it.",
    "has_all": "It has everything that is lacking.",
    "kept": "So many were bought.",
    "otherwise": "What follows if nobody chooses in time.",
    "return_id": "The return's id.",
    "returned_order_id": "The order of which units came back.",
    "sale_id": "The sale's id, which is an order's.",
    "tryout": "The reservation as it is now.",
    "tryout_id": "The reservation's id.",
    "tryouts": "Reservations, newest first.",
    "verified": "Somebody saw the receipt, or knows the member.",
    "visit": "The visit's document.",
    "visit_id": "The visit's id.",
}
