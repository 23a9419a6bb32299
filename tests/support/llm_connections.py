"""Runs in a process of its own: reads feedback by the simulated endpoint and prints, as JSON, every
host name and address that anything in the process asked for.

An audit hook cannot be removed again, hence the process (PEP 578).
"""

import asyncio
import json
import sys

contacted: list[str] = []


def record(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        contacted.append(str(arguments[0]))
    elif event == "socket.connect":
        address = arguments[1]
        contacted.append(str(address[0] if isinstance(address, tuple) else address))  # pyright: ignore[reportUnknownArgumentType]


async def main() -> None:
    from stream_service.analysis.analyst import Commission, Feedback
    from stream_service.devkit.llm_simulator import LlmSimulator
    from tests.support.llm import COMPLAINT, PRAISE_ZH, analyst_of, options_for

    async with (
        LlmSimulator.start() as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        readings = [
            await analyst.read(one)
            for one in (COMPLAINT, PRAISE_ZH, Feedback(text="Late and broken. " * 2_000))
        ]
        commission = Commission(
            feedback=COMPLAINT, language="en", strategy="apologise", pattern="Sorry."
        )
        draft = await analyst.draft(commission)
    told = {
        "contacted": sorted(set(contacted)),
        "analysts": [reading.analyst for reading in readings],
        "notes": [list(reading.notes) for reading in readings],
        "drafted": draft.text is not None,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    sys.addaudithook(record)
    asyncio.run(main())
