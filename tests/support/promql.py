"""Reading PromQL as far as it takes to tell which series an expression asks for."""

import re
from collections.abc import Iterator
from itertools import pairwise

_STRING = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(
    rf'{_STRING}|\{{(?:[^"}}]|{_STRING})*\}}|\[[^\]]*\]|[a-zA-Z_:][\w:]*|\d[\w.]*|\S'
)
_NAME = re.compile(r"[a-zA-Z_:]")
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_OPERATORS = frozenset({"and", "or", "unless", "bool", "offset"})


def selectors(expression: str) -> Iterator[str]:
    """The series that an expression reads, each as a selector of its own."""
    tokens = [*_TOKEN.findall(expression), ""]
    in_label_list = False
    for token, following in pairwise(tokens):
        if token in _GROUPING:
            in_label_list = following == "("
        elif token == ")":
            in_label_list = False
        elif _is_series(token, following) and not in_label_list:
            yield token + (following if following.startswith("{") else "")


def metric_names(expression: str) -> set[str]:
    """The metrics that an expression reads."""
    return {selector.partition("{")[0] for selector in selectors(expression)}


def _is_series(token: str, following: str) -> bool:
    is_call = following == "(" or following in _GROUPING
    return _NAME.match(token) is not None and token not in _OPERATORS and not is_call
