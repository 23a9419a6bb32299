"""``python -m deploy.kubernetes.rules``: deploy/prometheus/rules as a PrometheusRule."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[1]
RULES = DEPLOY / "prometheus" / "rules"
TARGET = DEPLOY / "kubernetes" / "components" / "monitoring" / "rules.yaml"

_HEAD = """\
# Made from deploy/prometheus/rules by `make kubernetes-rules`; change those.
"""


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, which is how the rules are written."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out: a list that stands in two rules is no reference to the first."""
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(  # pyright: ignore[reportUnknownMemberType]
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_Dumper.add_representer(str, _text)


def prometheus_rule() -> str:
    """The document, as the Prometheus Operator reads it."""
    groups = [
        group
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
    ]
    document = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "stream-service",
            "labels": {"app.kubernetes.io/name": "stream-service"},
        },
        "spec": {"groups": groups},
    }
    return _HEAD + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 1 when ``check`` found an old file."""
    parser = argparse.ArgumentParser(prog="python -m deploy.kubernetes.rules", description=__doc__)
    parser.add_argument("command", choices=("write", "check"))
    parser.add_argument("target", nargs="?", type=Path, default=TARGET)
    given = parser.parse_args(arguments)
    target: Path = given.target
    if given.command == "write":
        target.write_text(prometheus_rule())
        return 0
    if target.is_file() and target.read_text() == prometheus_rule():
        return 0
    sys.stderr.write(f"{target} is not what deploy/prometheus/rules says: make kubernetes-rules\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
