"""An e-invoice provider to try things with: it hands nothing in to any tax office, and keeps its word over restarts."""

from kit.process import Process, main
from simulators.einvoice.settings import Settings
from simulators.einvoice.store import Book
from simulators.einvoice.web import Door


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("einvoice", settings) as p:
        book = Book(settings.state_file)
        p.front(Door(settings.listen, book))
        await p.run()
        book.close()


if __name__ == "__main__":
    main(serve, Settings)
