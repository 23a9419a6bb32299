"""``python -m tests.fuzz.engine_hypothesis TARGET SECONDS SEED``: inputs by draw alone.

Started by ``tests.fuzz`` where atheris is not installed. The last line is the count of executions.
"""

import faulthandler
import sys
import time
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.registry import load

LONGEST_S = 25.0
"""Of one input: what takes longer hangs, and ends the process with a traceback."""

ROUND = 2_000
"""Inputs of one seed; hypothesis grows slower with many."""


def main() -> int:
    """Draw until the time is over."""
    name, seconds, first_seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    target = load(name)
    executions, ends = 0, time.monotonic() + seconds
    with target.open() as check:

        def examine(value: Any) -> None:
            nonlocal executions
            if time.monotonic() >= ends:
                return
            executions += 1
            faulthandler.dump_traceback_later(LONGEST_S, exit=True)
            try:
                check(value)
            finally:
                faulthandler.cancel_dump_traceback_later()

        number = first_seed
        while time.monotonic() < ends:
            run = given(target.inputs)(examine)
            run = settings(
                max_examples=ROUND,
                database=None,
                deadline=None,
                print_blob=True,
                report_multiple_bugs=False,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            )(run)
            seed(number)(run)()
            number += 1
    sys.stdout.write(f"{executions}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
