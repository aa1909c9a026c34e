"""What the names of fields and parameters mean where shoppers and staff talk."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "conversation": "The thread as it stands.",
    "conversation_id": "The thread.",
    "conversations": "Threads, who waits longest first.",
    "entries": "What was said and done in the thread, in order.",
    "entry": "The newest entry.",
    "entry_id": "One entry of a thread.",
    "hours": "When the brand answers.",
    "last_time": "When anything was last said or done.",
    "open_time": "When it began.",
    "subscription_id": "One browser that takes notifications.",
    "waiting_since_time": "Since when the shopper has been waiting.",
}
