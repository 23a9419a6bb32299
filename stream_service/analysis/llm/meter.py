"""What one event has cost so far, over all its calls."""

from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.prices import PriceTable
from stream_service.contracts.judgement import ModelUsage

_NOTHING = ModelUsage(calls=0, input_tokens=0, output_tokens=0, cost_usd=0)


class Meter:
    """Adds calls up. What one call does not tell is unknown for all of them."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, str, Tokens]] = []

    def add(self, model: str, tokens: Tokens, *, asked: str) -> None:
        """Count a call that was answered, well or badly, by ``model`` where ``asked`` was asked."""
        self._calls.append((model, asked, tokens))

    def usage(self, prices: PriceTable) -> ModelUsage:
        """What an outcome says of it."""
        usage = _NOTHING
        for model, asked, tokens in self._calls:
            usage += ModelUsage(
                calls=1,
                input_tokens=tokens.input,
                output_tokens=tokens.output,
                cost_usd=prices.cost_usd(model, tokens, asked=asked),
            )
        return usage
