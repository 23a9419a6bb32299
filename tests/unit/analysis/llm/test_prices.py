"""The table of prices: a wrong one is refused by its place, a right one gives finite sums."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.prices import PriceTable, PriceTableInvalid


def table(tmp_path: Path, text: str) -> PriceTable:
    path = tmp_path / "prices.toml"
    path.write_text(text, "utf-8")
    return PriceTable.load(path)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('["m"]\ninput = inf\noutput = 1', "m.input: Input should be"),
        ('["m"]\ninput = nan\noutput = 1', "m.input: Input should be"),
        ('["m"]\ninput = 1e300\noutput = 1', "m.input: Input should be less than"),
        ('["m"]\ninput = -1\noutput = 1', "m.input: Input should be greater than"),
        ('["m"]\ninput = 1', "m.output: Field required"),
        ('["m"]\ninput = 1\noutput = 1\ncached = 1', "m.cached: Extra inputs"),
        ("m = 1", "m: Input should be"),
        ("m = ", "it is not TOML"),
        ("m = " + "[" * 5_000, "nest too deeply"),
        ("m = " + "9" * 5_000, "too many digits"),
    ],
)
def test_a_wrong_table_is_refused_with_its_file_and_place(
    tmp_path: Path, text: str, place: str
) -> None:
    with pytest.raises(PriceTableInvalid) as refused:
        table(tmp_path, text)
    assert "prices.toml: " in str(refused.value)
    assert place in str(refused.value)


def test_a_table_of_one_s_own_overrules_and_adds(tmp_path: Path) -> None:
    prices = table(tmp_path, '["gpt-4o"]\ninput = 7\noutput = 8\n["mine"]\ninput = 1\noutput = 2')
    assert prices.cost_usd("gpt-4o-2024-08-06", Tokens(input=1_000_000, output=0)) == 7
    assert prices.cost_usd("mine", Tokens(input=0, output=1_000_000)) == 2
    assert prices.cost_usd("mine-too", Tokens(input=1, output=1)) is None


def test_a_name_without_a_price_costs_what_was_asked_for() -> None:
    prices, million = PriceTable.load(None), Tokens(input=1_000_000, output=0)
    asked = prices.cost_usd("gpt-4.1-mini", million)
    assert asked is not None
    assert prices.cost_usd("openai/gpt-4.1-mini", million, asked="gpt-4.1-mini") == asked
    assert prices.cost_usd("gpt-4o", million, asked="gpt-4.1-mini") == prices.cost_usd(
        "gpt-4o", million
    )
    assert prices.cost_usd("theirs", million, asked="mine") is None


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_cached_input_never_makes_a_call_cost_more_or_less_than_nothing(
    asked: int, answered: int, cached: int
) -> None:
    prices = PriceTable.load(None)
    with_cache = prices.cost_usd(
        "gpt-4o", Tokens(input=asked, output=answered, cached_input=cached)
    )
    without = prices.cost_usd("gpt-4o", Tokens(input=asked, output=answered))
    assert with_cache is not None
    assert without is not None
    assert 0 <= with_cache <= without
