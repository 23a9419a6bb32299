"""``python -m deploy.grafana.dashboards``: write the dashboards' JSON, or check it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.grafana.dashboards.folder import FOLDER, problems_of, write_documents


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 1 when ``check`` found something."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.grafana.dashboards",
        description="Grafana's dashboards, made from the code beside this.",
    )
    parser.add_argument("command", choices=("write", "check"))
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    folder: Path = given.folder
    if given.command == "write":
        for path in write_documents(folder):
            print(f"{'written' if path.exists() else 'removed'}: {path}")
        return 0
    problems = problems_of(folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
