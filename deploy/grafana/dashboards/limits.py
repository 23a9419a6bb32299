"""From which value on a figure is no longer green, and names for numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.models.dashboard import (
    Threshold,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

GREEN, YELLOW, ORANGE, RED = "green", "yellow", "orange", "red"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a figure turns orange, and where red."""

    warning: float | None = None
    critical: float | None = None
    low_is_bad: bool = False
    """Then the figure must not fall below them."""

    def steps(self) -> list[Threshold]:
        """As Grafana has them: ascending, each colour from its value on."""
        if not self.low_is_bad:
            return [
                Threshold(None, GREEN),
                *_from(self.warning, ORANGE),
                *_from(self.critical, RED),
            ]
        if self.critical is None:
            return [Threshold(None, ORANGE), *_from(self.warning, GREEN)]
        return [
            Threshold(None, RED),
            *_from(self.critical, GREEN if self.warning is None else ORANGE),
            *_from(self.warning, GREEN),
        ]


@dataclass(frozen=True, slots=True)
class Named:
    """What is shown in place of a number."""

    number: int
    text: str
    colour: str


def mapping(names: Sequence[Named]) -> ValueMapping:
    """As Grafana has it."""
    return ValueMap(
        {
            str(one.number): ValueMappingResult(text=one.text, color=one.colour, index=index)
            for index, one in enumerate(names)
        }
    )


def _from(value: float | None, colour: str) -> list[Threshold]:
    return [] if value is None else [Threshold(value, colour)]
