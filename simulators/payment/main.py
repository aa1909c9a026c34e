"""A payment provider to try things with: it pays with nothing, keeps its word over restarts, and tells the shop."""

from kit.process import Process, main
from simulators.payment.notices import Teller
from simulators.payment.settings import Settings
from simulators.payment.store import Book
from simulators.payment.web import Door


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("payment", settings) as p:
        book = Book(settings.state_file)
        teller = Teller(book, settings.webhook_url, settings.webhook_secret)
        p.front(Door(settings.listen, settings.public_url, settings.slow_seconds, book, teller))
        p.loop(teller)
        await p.run()
        book.close()


if __name__ == "__main__":
    main(serve, Settings)
