"""A carrier to try things with: it delivers nothing, keeps its word over restarts, and tells the shop."""

from kit.process import Process, main
from simulators.carrier.notices import Teller
from simulators.carrier.settings import Settings
from simulators.carrier.store import Book
from simulators.carrier.web import Door


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("carrier", settings) as p:
        book = Book(settings.state_file)
        teller = Teller(book, settings.webhook_url, settings.webhook_secret)
        p.front(Door(settings.listen, settings.public_url, book, teller))
        p.loop(teller)
        await p.run()
        book.close()


if __name__ == "__main__":
    main(serve, Settings)
