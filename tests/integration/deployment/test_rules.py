"""The rules and the scrape configuration, by Prometheus' own promtool."""

import subprocess
from pathlib import Path

import pytest

from tests.support.monitoring import PROMETHEUS, RULE_TESTS
from tests.support.prometheus import binary

CASES = sorted(RULE_TESTS.glob("*.yml"))


def _promtool(*arguments: str | Path) -> None:
    run = subprocess.run(
        [binary("promtool"), *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_configuration_and_rules_are_valid() -> None:
    _promtool("check", "config", PROMETHEUS / "prometheus.yml")
    _promtool("check", "rules", "--lint-fatal", *sorted((PROMETHEUS / "rules").glob("*.yml")))


@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_else_not(cases: Path) -> None:
    _promtool("test", "rules", cases)
