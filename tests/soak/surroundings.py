"""What is done to all that stands around workers and brokers."""

from enum import StrEnum


class SurroundingFault(StrEnum):
    """Every disturbance that tests/chaos does not know."""

    CONSOLE_KILL = "console-kill"
    """SIGKILL of the console, and its start anew after a while."""
    MODEL_OUTAGE = "model-outage"
    """Every call of the language model fails: 503, 500, a reset, or no answer at all."""
    DATABASE_RESTART = "database-restart"
    """PostgreSQL stops, in good order or as in a crash, and comes back."""
    DISK_FULL = "disk-full"
    """The console's PostgreSQL finds no room left; what falls with it is started again."""
    SLOW_NETWORK = "slow-network"
    """All connections of the machine are slow, or those to the language model where no more can
    be had."""
