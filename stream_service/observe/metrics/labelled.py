"""Series by their labels, looked up once."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Series = TypeVar("Series")


class Labelled(dict[tuple[str, ...], Series], Generic[Series]):
    """The series of a metric, by the values of its labels in their order.

    prometheus_client checks and locks at every ``labels``, which costs more than counting does.
    """

    def __init__(self, labels: Callable[..., Series]) -> None:
        """``labels`` is the metric's own method."""
        super().__init__()
        self._labels = labels

    def __missing__(self, values: tuple[str, ...]) -> Series:
        series = self[values] = self._labels(*values)
        return series


def labelled(metric: Any) -> Labelled[Any]:
    """The series of ``metric``."""
    return Labelled(metric.labels)
