"""Tests of what not every machine has: skipped there by name, failed where it is demanded."""

import os
from typing import NoReturn

import pytest


def cannot_run(reason: str, demanded_by: str) -> NoReturn:
    """Skip the test, or fail it where the variable ``demanded_by`` is ``required``."""
    if os.environ.get(demanded_by) == "required":
        pytest.fail(f"NOT RUN: {reason}, and {demanded_by}=required demands it")
    pytest.skip(f"NOT RUN: {reason}")
