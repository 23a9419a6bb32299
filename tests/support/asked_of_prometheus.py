"""Asking a Prometheus what the pages ask of it, with what is chosen on them."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.support import monitoring
from tests.support.prometheus import Prometheus
from tests.support.waiting import until

WITHIN_S = 60.0
"""For the first figures: a worker starts, and a rate needs two scrapes of what has happened."""

_GRAFANAS_OWN = {"$__rate_interval": "1m"}

_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), (?P<label>\w+)\)")


async def all_have_data(prometheus: Prometheus, wanted: Mapping[str, str]) -> None:
    """Wait until every expression returns data; those that do not are named."""
    missing = dict(wanted)

    async def none_is_missing() -> bool:
        for name, expression in list(missing.items()):
            if await prometheus.values(expression):
                del missing[name]
        return not missing

    try:
        await until(none_is_missing, "data", timeout_s=WITHIN_S)
    except AssertionError:
        listed = "\n".join(f"  {name}: {expression}" for name, expression in missing.items())
        raise AssertionError(f"no data within {WITHIN_S:g} s:\n{listed}") from None


async def chosen(prometheus: Prometheus, path: Path) -> dict[str, str]:
    """All that can be chosen on a page, as Grafana puts it into the expressions."""
    values = dict(_GRAFANAS_OWN)
    for variable in monitoring.variables(path):
        if variable["type"] == "datasource":
            continue
        match = _LABEL_VALUES.fullmatch(variable["query"])
        assert match is not None, variable["query"]
        selector, label = filled(match["selector"], values), match["label"]
        await all_have_data(prometheus, {f"variable {variable['name']}": selector})
        found = {labels[label] for labels, _ in await prometheus.values(selector)}
        values["$" + variable["name"]] = "|".join(map(re.escape, sorted(found)))
    return values


def filled(expression: str, values: Mapping[str, str]) -> str:
    # The longest name first, as no name may be taken for the beginning of another.
    for name in sorted(values, key=len, reverse=True):
        value = values[name] if name.startswith("$__") else values[name].replace("\\", "\\\\")
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression
