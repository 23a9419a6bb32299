"""What a worker's process does about garbage; tried in processes of their own."""

import subprocess
import sys

CODE = """
import gc
from stream_service.commands.process.garbage import settle_long_lived_objects
loaded = [[] for _ in range(100_000)]
settle_long_lived_objects()
walked = {id(one) for one in gc.get_objects()}
assert not any(id(one) in walked for one in loaded), "what is loaded is walked again"


freed = []
def tell(phase, info):
    freed.append(info["collected"])
gc.callbacks.append(tell)
for _ in range(200_000):
    cycle = []
    cycle.append(cycle)
print(len(freed), sum(freed))
"""


def test_what_is_loaded_is_not_walked_and_cycles_are_freed() -> None:
    told = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    walks, freed = map(int, told.stdout.split())
    assert 10 <= walks <= 40
    assert freed > 150_000


LOADING = """
import gc
from stream_service.commands.process import garbage
walks = []
gc.callbacks.append(lambda phase, info: walks.append(phase))
garbage.walk_seldom_while_loading()
import stream_service.commands.run
loading = len(walks)
garbage.settle_long_lived_objects()
settling = len(walks)
kept = [[] for _ in range(100_000)]
print(loading, settling, len(walks))
"""


def test_a_start_walks_nothing_and_a_worker_that_has_settled_does() -> None:
    told = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    loading, settling, later = map(int, told.stdout.split())
    assert loading == settling == 0
    assert later > 0


AT_REST = """
import asyncio
import gc
import weakref
from stream_service.commands.process.cycles import cycles_freed
from stream_service.commands.process.garbage import settle_long_lived_objects

class Kept:
    pass

def a_cycle():
    kept = Kept()
    kept.itself = kept
    return weakref.ref(kept)

def walks():
    return gc.get_stats()[2]["collections"]

async def main():
    settle_long_lived_objects()
    kept = a_cycle()
    async with asyncio.timeout(30), cycles_freed(0.01):
        while kept() is not None:
            await asyncio.sleep(0.01)
    assert len(asyncio.all_tasks()) == 1

    before, ours = walks(), 0
    async with cycles_freed(0.1):
        end = asyncio.get_running_loop().time() + 0.5
        while asyncio.get_running_loop().time() < end:
            gc.collect()
            ours += 1
            await asyncio.sleep(0.01)
    assert walks() == before + ours, "who has walked has been walked once more"

asyncio.run(main())
"""


def test_what_cycles_keep_is_freed_where_little_happens() -> None:
    subprocess.run([sys.executable, "-c", AT_REST], check=True, timeout=60)
