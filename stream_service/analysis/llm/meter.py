"""What one event has cost so far, over all its calls."""

from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.prices import PriceTable
from stream_service.contracts.judgement import ModelUsage


class Meter:
    """Adds calls up. What one call does not tell is unknown for all of them."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, Tokens]] = []

    def add(self, model: str, tokens: Tokens) -> None:
        """Count a call that was answered, well or badly."""
        self._calls.append((model, tokens))

    def usage(self, prices: PriceTable) -> ModelUsage:
        """What an outcome says of it."""
        tokens = [tokens for _, tokens in self._calls]
        costs = [prices.cost_usd(model, tokens) for model, tokens in self._calls]
        return ModelUsage(
            calls=len(self._calls),
            input_tokens=_sum([one.input for one in tokens]),
            output_tokens=_sum([one.output for one in tokens]),
            cost_usd=_total(costs),
        )


def _sum(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _total(costs: list[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
