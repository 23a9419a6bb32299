"""What is drawn for a request, so that a run can be replayed."""

import hashlib
import random
from collections import OrderedDict

from stream_service.devkit.llm_simulator.behaviour import Behaviour
from stream_service.devkit.llm_simulator.faults import Fault

TEXTS_REMEMBERED = 100_000
"""About 10 MB; a text forgotten starts again at its first attempt."""


class Chances:
    """Draws for each request from the seed, the customer's text, and the attempt at that text."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[bytes, int] = OrderedDict()
        self._scripted = 0

    def attempt(self, text: str) -> int:
        """Count one more attempt at a text; the first is 1."""
        key = _digest(text)
        attempt = self._attempts.pop(key, 0) + 1
        self._attempts[key] = attempt
        if len(self._attempts) > TEXTS_REMEMBERED:
            self._attempts.popitem(last=False)
        return attempt

    def draw(self, behaviour: Behaviour, text: str, attempt: int) -> tuple[Fault | None, float]:
        """The fault that a request meets, if any, and its latency in seconds."""
        chance = random.Random(_digest(f"{behaviour.seed}:{attempt}:{text}"))  # noqa: S311 (no secret)
        share = chance.random()
        latency_s = behaviour.latency.draw_s(chance)
        if self._scripted < len(behaviour.script):
            self._scripted += 1
            return behaviour.script[self._scripted - 1], latency_s
        for fault, rate in behaviour.faults.items():
            share -= rate
            if share < 0:
                return fault, latency_s
        return None, latency_s

    def begin_script(self) -> None:
        """Begin the script anew: the behaviour has changed."""
        self._scripted = 0


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
