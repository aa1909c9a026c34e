"""Prints messages where developers work, and nowhere else."""

import json
import sys
from typing import TextIO

from services.member.channels.contract import Kind, Letter, Sent


class ConsoleChannel:
    """One line of JSON for each message, without its address; not through the logger, which would hide it."""

    kind = Kind.CONSOLE.value
    recognises_retries = False

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    async def send(self, letter: Letter) -> Sent:
        """Prints it."""
        line = {
            "event": "message",
            "message_id": letter.message_id,
            "subject": letter.subject,
            "text": letter.text,
        }
        stream = self._stream or sys.stdout
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()
        return Sent(letter.message_id)

    async def close(self) -> None:
        """Nothing is open."""
