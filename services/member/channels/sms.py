"""Text messages to phones, by the adapter of whichever provider the brand has."""

from services.member.channels.contract import Kind, Letter, Sent
from services.member.channels.hook import Hook

_SECONDS = 5.0


class SmsChannel:
    """Body: JSON {message_id, phone, text, purpose: "message"}; the same message_id is never a second message."""

    kind = Kind.SMS.value
    recognises_retries = True

    def __init__(self, url: str, secret: str, seconds: float = _SECONDS) -> None:
        self._hook = Hook(url, secret, seconds)

    async def send(self, letter: Letter) -> Sent:
        """One POST; the adapter's own `reference` comes back with delivery reports."""
        document = {
            "message_id": letter.message_id,
            "phone": letter.address,
            "text": letter.text,
            "purpose": "message",
        }
        said = await self._hook.post(document)
        return Sent(str(said.get("reference", ""))[:200])

    async def close(self) -> None:
        """Closes the connections."""
        await self._hook.close()
