"""Free ports on the loopback address."""

import random
import socket
from collections.abc import Collection
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"

# Below the range that Linux (from 32768) and macOS (from 49152) hand to outgoing connections: a
# client that retries against a killed broker's port in that range may be given this very port for
# its own end, connect to itself, and so keep the broker from coming back.
LOWEST_PORT = 20_000
HIGHEST_PORT = 32_767

# With a few hundred ports in use the chance of this many misses in a row is nil.
ATTEMPTS_PER_PORT = 200


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # As Java does: a port whose last connections linger in TIME_WAIT is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    return listener


def is_free(port: int) -> bool:
    """Whether a broker could listen on this port now."""
    try:
        _bind(port).close()
    except OSError:
        return False
    return True


def choose_free(count: int, avoid: Collection[int] = ()) -> list[int]:
    """Choose that many different free ports, none of those to avoid.

    They are free now and not reserved: whoever starts a listener must be ready to choose again.
    """
    # Not the seeded generator of a test: two tests with one seed would choose the same ports.
    generator = random.SystemRandom()
    ports: list[int] = []
    with ExitStack() as held:
        for _ in range(count * ATTEMPTS_PER_PORT):
            if len(ports) == count:
                return ports
            port = generator.randint(LOWEST_PORT, HIGHEST_PORT)
            if port in avoid:
                continue
            try:
                held.enter_context(_bind(port))
            except OSError:
                continue
            ports.append(port)
        while len(ports) < count:
            listener = held.enter_context(_bind(0))
            ports.append(int(listener.getsockname()[1]))
    return ports
