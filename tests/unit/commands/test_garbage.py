"""What a worker's process does about garbage; tried in processes of their own."""

import subprocess
import sys

CODE = """
import gc
from stream_service.commands.garbage import settle_long_lived_objects
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
