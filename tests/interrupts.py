"""Ctrl-C reaches what the tests start, even if a shell started the tests themselves in the background.

Such a shell has SIGINT ignored, and whoever ignores it hands that on to its children.
"""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
