"""python -m tests.real_model: fetch the model and its server; exit code 69 if they cannot be had.

``--within SECONDS`` bounds the fetching. With ``serve`` it then serves the model until Ctrl-C, for
trying things out.
"""

import argparse
import asyncio
import sys

from tests.real_model.fetching import (
    FETCH_TIMEOUT_S,
    Asset,
    CannotBeHad,
    ModelDamaged,
    fetch,
)
from tests.real_model.server import serving

EX_UNAVAILABLE = 69
"""As in sysexits.h: told apart from a failure, which it is not."""


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def serve(asset: Asset) -> None:
    async with serving(asset) as running:
        print(running.base_url, running.model, flush=True)
        await asyncio.Event().wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.real_model")
    parser.add_argument("--within", type=float, metavar="SECONDS", default=FETCH_TIMEOUT_S)
    parser.add_argument("serve", nargs="?", choices=["serve"])
    given = parser.parse_args()
    try:
        asset = fetch(say, within_s=given.within)
    except CannotBeHad as error:
        say(f"the real model cannot be had here: {error}")
        return EX_UNAVAILABLE
    except ModelDamaged as error:
        say(str(error))
        return 1
    if given.serve:
        try:
            asyncio.run(serve(asset))
        except KeyboardInterrupt:
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
