"""What tokens cost."""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from stream_service.analysis.llm.completion import Tokens
from stream_service.contracts.files.toml import UnreadableToml, read_toml

_MILLION = 1_000_000

Dollars = Annotated[float, Field(ge=0, le=_MILLION, allow_inf_nan=False)]
"""At most a dollar a token: what is more is a mistake, and would spoil every sum it goes into."""


class PriceTableInvalid(Exception):
    """A price table cannot be read; the message names the place and the fix."""


class Price(BaseModel):
    """US dollars for a million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None
    """Without it, cached input costs as much as other input."""


_PRICES = TypeAdapter(dict[str, Price])


_RELEASE = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4,8}|latest)$")
"""What providers append to a model's name for one release of it."""


class PriceTable:
    """Prices by a model's name, with or without its release.

    So ``gpt-4.1-mini-2025-04-14`` costs what ``gpt-4.1-mini`` does. A name that only begins like
    another is another model, whose price is unknown.
    """

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = dict(prices)

    @classmethod
    def load(cls, path: Path | None) -> "PriceTable":
        """Read the table that comes with the service, and over it that of the user.

        Raises PriceTableInvalid.
        """
        prices = _parse(files(__package__ or "").joinpath("prices.toml").read_text("utf-8"), None)
        if path is not None:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise PriceTableInvalid(f"{path}: {error}") from None
            prices |= _parse(text, path)
        return cls(prices)

    def cost_usd(self, model: str, tokens: Tokens, *, asked: str | None = None) -> float | None:
        """What a call cost; None where the model or the usage is unknown.

        ``model`` as the endpoint tells it. Gateways have names of their own for the model that was
        ``asked``: where theirs has no price, that one's holds.
        """
        price = self._price(model)
        if price is None and asked is not None:
            price = self._price(asked)
        if price is None or tokens.input is None or tokens.output is None:
            return None
        cached = min(tokens.cached_input, tokens.input)
        cached_price = price.input if price.cached_input is None else price.cached_input
        return (
            (tokens.input - cached) * price.input
            + cached * cached_price
            + tokens.output * price.output
        ) / _MILLION

    def knows(self, model: str) -> bool:
        """Whether ``model`` has a price."""
        return self._price(model) is not None

    def _price(self, model: str) -> Price | None:
        return self._prices.get(model) or self._prices.get(_RELEASE.sub("", model))


def _parse(text: str, path: Path | None) -> dict[str, Price]:
    try:
        return _PRICES.validate_python(read_toml(text))
    except UnreadableToml as error:
        raise PriceTableInvalid(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PriceTableInvalid(
            f"{path}: {place}: {first['msg']}; write a table for each model, such as"
            ' ["my-model"] with input = 0.1 and output = 0.4, in US dollars a million tokens'
        ) from None
