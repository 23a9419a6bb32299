"""``python -m stream_service.contracts.schemas``: write, check and release the documents."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stream_service.contracts.schemas.folder import (
    problems_of,
    release_documents,
    write_documents,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 1 when ``check`` found something."""
    parser = argparse.ArgumentParser(
        prog="python -m stream_service.contracts.schemas",
        description="The contracts' JSON Schemas and AsyncAPI document, made from the models.",
    )
    parser.add_argument(
        "command",
        choices=("write", "check", "release"),
        help="write the documents anew; check them against the models and against the last "
        "release; release: what the models say now is what later changes are measured by",
    )
    parser.add_argument("folder", nargs="?", type=Path, default=Path("schemas"))
    given = parser.parse_args(arguments)
    folder: Path = given.folder
    match given.command:
        case "write":
            for path in write_documents(folder):
                print(f"{'written' if path.exists() else 'removed'}: {path}")
        case "release":
            release_documents(folder)
            print(f"the baseline in {folder} is what the models say now")
        case _:
            problems = problems_of(folder)
            for problem in problems:
                print(problem, file=sys.stderr)
            return 1 if problems else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
