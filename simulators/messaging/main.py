"""LINE, a text message provider and a mail server to try things with: nothing reaches anybody, and all can be seen."""

from kit.process import Process, main
from simulators.messaging.login import Login
from simulators.messaging.notices import Teller
from simulators.messaging.settings import Settings
from simulators.messaging.store import Book
from simulators.messaging.web import Door


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("messaging", settings) as p:
        book = Book(settings.state_file)
        if settings.face == "smtp":
            from simulators.messaging.mail import PostOffice  # noqa: PLC0415  # its library is here for nothing else

            p.front(PostOffice(settings.listen, book))
        else:
            teller = Teller(book, settings.webhook_url, settings.line_secret, settings.sms_secret)
            login = Login(
                settings.line_login_client_id, settings.line_login_client_secret, settings.line_login_redirects
            )
            p.front(Door(settings.listen, book, teller, settings.line_token, settings.sms_secret, login.routes()))
            p.loop(teller)
        await p.run()
        book.close()


if __name__ == "__main__":
    main(serve, Settings)
