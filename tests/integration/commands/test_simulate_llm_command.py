"""``stream-service simulate-llm``, and the simulator in a process of its own."""

import asyncio
import signal
import socket
import sys

import pytest
from aiohttp import ClientError, ClientSession

from stream_service.devkit.llm_simulator import Behaviour, Fault, SimulatorProcess
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment

REQUEST = {"model": "m", "messages": [{"role": "user", "content": "It is broken."}]}


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        "simulate-llm",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )


async def test_it_prints_its_base_url_and_serves_until_it_is_interrupted() -> None:
    simulator = await start("--port", "0", "--fault", "reset=1", "--latency", "0.01")
    assert simulator.stdout is not None
    async with asyncio.timeout(60):
        base_url = (await simulator.stdout.readline()).decode().strip()
    async with ClientSession() as http:
        with pytest.raises(ClientError):
            await http.post(f"{base_url}/chat/completions", json=REQUEST)
        async with http.get(f"{base_url}/models") as response:
            assert response.status == 200
    simulator.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(simulator.communicate(), 60)
    assert simulator.returncode == 0, errors.decode()
    assert b"1 requests: reset 1" in errors
    assert b"Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fault", "nonsense=0.1"), (b"nonsense", b"--list-faults")),
        (("--fault", "hang"), (b"--fault hang", b"NAME=SHARE")),
        (("--fault", "hang=2"), (b"hang", b"0 to 1")),
        (("--fault", "hang=0.6", "--fault", "html=0.6"), (b"more than 1 together",)),
        (("--latency-shape", "pareto", "--tail", "1"), (b"tail",)),
    ],
)
async def test_a_wrong_flag_is_named(arguments: tuple[str, ...], words: tuple[bytes, ...]) -> None:
    simulator = await start("--port", "0", *arguments)
    _, errors = await asyncio.wait_for(simulator.communicate(), 60)
    assert simulator.returncode == 1
    assert all(word in errors for word in words), errors.decode()
    assert b"Traceback" not in errors


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        simulator = await start("--port", port)
        _, errors = await asyncio.wait_for(simulator.communicate(), 60)
    assert simulator.returncode == 1
    assert port.encode() in errors
    assert b"--port" in errors
    assert b"Traceback" not in errors


async def test_every_fault_is_listed() -> None:
    listing = await start("--list-faults")
    output, _ = await asyncio.wait_for(listing.communicate(), 60)
    assert listing.returncode == 0
    assert {fault.value for fault in Fault} <= set(output.decode().split())


async def test_in_a_process_of_its_own_it_is_changed_and_counted() -> None:
    async with SimulatorProcess.start(Behaviour(script=(Fault.UNAVAILABLE,))) as simulator:
        async with ClientSession() as http:
            statuses: list[int] = []
            for _ in range(2):
                async with http.post(
                    f"{simulator.base_url}/chat/completions", json=REQUEST
                ) as response:
                    statuses.append(response.status)
            await simulator.behave(Behaviour(faults={Fault.BAD_KEY: 1.0}))
            async with http.post(
                f"{simulator.base_url}/chat/completions", json=REQUEST
            ) as response:
                statuses.append(response.status)
        counts = await simulator.requests()
    assert statuses == [503, 200, 401]
    assert counts["by_kind"] == {"unavailable": 1, "good": 1, "bad_key": 1}
    assert counts["cpu_s"] > 0


PARENT = """
import asyncio
from stream_service.devkit.llm_simulator import SimulatorProcess

async def main():
    async with SimulatorProcess.start() as simulator:
        print(simulator.base_url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_its_process_ends_when_the_parent_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE, env=environment()
    )
    assert parent.stdout is not None
    async with asyncio.timeout(60):
        base_url = (await parent.stdout.readline()).decode().strip()

    async def answers() -> bool:
        try:
            async with ClientSession() as http, http.get(f"{base_url}/models"):
                return True
        except ClientError:
            return False

    assert await answers()
    parent.kill()
    await parent.wait()

    async def has_ended() -> bool:
        return not await answers()

    await until(has_ended, "the simulator's end")
