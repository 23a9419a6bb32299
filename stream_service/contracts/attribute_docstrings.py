"""The strings below the attributes of a class, which say what they mean."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise


@cache
def attribute_docstrings(described: type, *, below: type = object) -> Mapping[str, str]:
    """By attribute, those of the class and of its bases that are derived from ``below``.

    It reads the source; a class whose source is not there has none.
    """
    found: dict[str, str] = {}
    for one in reversed(described.__mro__):
        if one is not below and issubclass(one, below):
            found.update(_own(one))
    return found


def _own(one: type) -> Mapping[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(one))
    except (OSError, TypeError):
        return {}
    [defined] = ast.parse(source).body
    if not isinstance(defined, ast.ClassDef):
        return {}
    return {
        attribute.target.id: inspect.cleandoc(text.value.value)
        for attribute, text in pairwise(defined.body)
        if isinstance(attribute, ast.AnnAssign)
        and isinstance(attribute.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
