"""What the names of fields and parameters mean that speak of goods that are sent."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "carrier": "As the brand names it; empty: the brand's own choice.",
    "collateral_rejection": "A good that a store has not is taken from all that waits there to be sent.",
    "default_carrier": "Who comes where nobody names a carrier; empty: the only one there is.",
    "other_fulfilment_id": "The task that goes into this one.",
    "parcel_id": "The parcel's id.",
    "parcels": "What it was packed into; empty until then.",
    "part": "What left it, as a task of its own.",
    "part_no": "Above 0: what was split from a task of the same place.",
    "partial_rejection": "A store may reject some lines of a task and send the rest.",
    "pick_list": "What to fetch, and for which tasks.",
    "pick_list_id": "The list's id.",
    "ready_deadline_time": "By when it should be packed or ready, once it is accepted.",
    "ready_minutes": "From accepted to packed or ready; 0: as it comes, 240.",
    "refusal": "Why its carrier will not take it so; book it anew.",
    "service": "Such as standard or express, as the carrier names it; empty: its own choice.",
    "shares": "How many of them are for which task.",
    "ship_deadline_time": "By when it should be with the carrier, once it is packed.",
    "ship_minutes": "From packed to with the carrier; 0: as it comes, 1440.",
    "told": "The carrier's newest word: PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY, FAILED_ATTEMPT, RETURNING, LOST, "
    "RETURNED or DELIVERED.",
    "told_time": "When that was, by the carrier.",
    "tracking_no": "The carrier's number of it.",
    "tracking_url": "Where it can be followed.",
    "transfer_minutes": "From asked for to there, of what other places send to a store; 0: as it comes, 4320.",
    "weight_grams": "As it was weighed; 0: nobody did.",
}
