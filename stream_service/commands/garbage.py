"""Garbage collection in a process that holds hundreds of events at once.

Python's own thresholds walk the young objects after every 700 new ones, and the whole heap once a
quarter of it is new. An event under way holds some 1,500 objects, so that a worker with 500 of them
spent a fifth of its CPU on walking what is still in use (10.4 ms an event against 8.9), and stood
still for tenths of a second meanwhile.
"""

import gc

YOUNG_OBJECTS = 20_000
"""About ten events' worth."""

YOUNG_WALKS = 20
"""Walks of the young objects between walks of the middle-aged ones: about a second at full pace,
after which most events that were under way have ended."""

MIDDLE_WALKS = 10
"""Walks of the middle-aged objects between walks of all: what cycles keep is freed within a quarter
of a minute, so that it takes no more than a few megabytes."""


def settle_long_lived_objects() -> None:
    """Leave everything that is loaded by now out of later walks, and walk less often.

    To be called once, when the models, the graph and the clients are there.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_WALKS, MIDDLE_WALKS)
