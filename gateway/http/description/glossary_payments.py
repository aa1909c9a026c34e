"""What the names of fields mean that speak of money at tills, and of work that waits for a person."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "actor_id": "Who: the id of a user of headquarters, or of another principal.",
    "actor_kind": "What kind of principal did it.",
    "attempts": "How often it was tried.",
    "intervention": "What was done, as it is on record.",
    "intervention_id": "The intervention's id.",
    "interventions": "What people did, newest first.",
    "last_error": "What the last try ended with.",
    "outstanding": "What is left between the order and the tills.",
    "to_give": "To be given back at a till.",
    "to_take": "To be received at a till before anything is handed over.",
    "verb": "What was done: RETRY, SKIP or COMPENSATE.",
}
