"""Garbage collection in a process that holds hundreds of events at once.

Python's own thresholds walk the young objects after every 700 new ones, and the whole heap once a
quarter of it is new. An event that waits for its model holds some 550 objects: a judge with 300 of
them spent a quarter of its CPU on walking what is still in use (11.7 ms an event against 8.5, one
after the other on a busy machine).
"""

import gc

YOUNG_OBJECTS = 20_000
"""So many that most of a walk's cost is gone, and so few that they are a few megabytes."""

YOUNG_WALKS = 20
"""Walks of the young objects between walks of the middle-aged ones: about a second at full pace,
after which most events that were under way have ended."""

MIDDLE_WALKS = 10
"""Walks of the middle-aged objects between walks of all: what cycles keep is freed within a quarter
of a minute at full pace, so that it takes no more than a few megabytes."""

LOADING_OBJECTS = 500_000
"""More than a worker's imports and models make: what they make stays, and walking it over and over
while they grow took 0.3 of the 3.2 seconds of CPU of a start."""


def walk_seldom_while_loading() -> None:
    """Leave out the walks while a process loads. To be called before its imports."""
    gc.set_threshold(LOADING_OBJECTS, YOUNG_WALKS, MIDDLE_WALKS)


def settle_long_lived_objects() -> None:
    """Leave everything that is loaded by now out of later walks, and walk less often.

    To be called once, when the models, the graph and the clients are there. What nobody holds any
    more is left out with the rest: it is 2 MB, and finding it takes 0.2 seconds of a start.
    """
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_WALKS, MIDDLE_WALKS)


def settle_after_a_walk() -> None:
    """The same where a start may take a quarter of a second longer.

    What a console's imports leave is 8 MB. Its walks of all took a tenth of a second each, in which
    no page was served; what is settled is walked no more.
    """
    gc.collect()
    settle_long_lived_objects()
