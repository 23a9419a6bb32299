"""Price tables, as an operator may write them."""

import math
import tempfile
from pathlib import Path

from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.prices import PriceTable, PriceTableInvalid
from tests.fuzz.target import target_of_bytes

SEEDS = [
    b'["m"]\ninput = 2.50\ncached_input = 1.25\noutput = 10.00\n',
    b'["m-2026-01-02"]\ninput = 0\noutput = 1e3\n[n]\ninput = 1_0\noutput = 0x10\n',
    b"m = { input = 1, output = 2 }\n",
]
TOKENS = [
    *(b"input = ", b"output = ", b"cached_input = ", b'["m"]\n', b"[[m]]\n", b"m.", b"inf", b"nan"),
    *(b"-1", b"1e400", b"9" * 30, b"true", b'""', b'"""', b"'''", b"[[[[", b"{}", b"\\u0000"),
    *(b"2026-01-02", b"07:32:00", b"0b1", b"#", b"\r\n", b"\xff"),
]
CALLS = (
    Tokens(input=0, output=0),
    Tokens(input=10**9, output=10**9, cached_input=10**12),
    Tokens(input=None, output=1),
)

_path = Path(tempfile.mkdtemp(prefix="fuzz-prices-")) / "prices.toml"


def check(content: bytes) -> None:
    """A file is a table with finite prices, or it is refused with its path."""
    _path.write_bytes(content)
    try:
        table = PriceTable.load(_path)
    except PriceTableInvalid as refusal:
        assert str(refusal).startswith(f"{_path}: ")
        assert len(str(refusal)) > len(f"{_path}: ")
        return
    assert table.knows("gpt-4o"), "a user's table takes ours away"
    for model in ("m", "n", "gpt-4o", ""):
        for tokens in CALLS:
            cost = table.cost_usd(model, tokens)
            assert cost is None or (math.isfinite(cost) and cost >= 0)


TARGET = target_of_bytes(check, SEEDS, TOKENS)
