"""What went wrong, in one line, with what to do about it."""


class Trouble(Exception):
    """A failure that its reader can act on: shown as two lines, never as a traceback."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
