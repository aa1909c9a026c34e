"""Where somebody comes from, and how his browser or app was known before he said who he is."""

from kit.errors import invalid
from services.member.identity import domain
from services.member.identity.domain import By, Identifier

SOURCES = ("web", "app")


def source(text: str) -> str:
    """ "web" if nothing is said."""
    if (told := text or SOURCES[0]) not in SOURCES:
        raise invalid("source", f"must be one of {', '.join(SOURCES)}")
    return told


def anonymous(text: str, told: str) -> tuple[Identifier, ...]:
    """A browser or an installation by the id that it gave itself; nothing where it gave none."""
    if not text:
        return ()
    kind = By.APP_INSTALL if told == "app" else By.WEB
    value = domain.normalised(kind, text)
    if value is None or len(value) < 16:  # what could be guessed, or means nobody, would tie strangers together
        raise invalid("anonymous_id", "must be 16 to 128 characters that nobody else has")
    return (Identifier(kind, value, told),)
