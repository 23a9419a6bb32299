"""Runs in the server's own environment: python serve.py MODEL NAME CONTEXT_TOKENS.

Prints ``address URL`` when it listens, and serves until it is killed. Nothing of the project is
imported here, and this file is imported by nothing.
"""

import os
import signal
import sys
from importlib import import_module

# The threads meet, spinning, at every layer: one that another process holds up stops them all. So
# one core is left to Kafka and the worker, and a machine that is busy with more is only slow.
THREADS = max(1, (os.cpu_count() or 2) - 1)

# By name: the type checker looks into the project's environment, which has no such package.
xllamacpp = import_module("xllamacpp")
parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.model_alias = {sys.argv[2]}
parameters.n_ctx = int(sys.argv[3])
parameters.port = 0  # a free one
parameters.cpuparams.n_threads = THREADS
parameters.use_jinja = True
server = xllamacpp.Server(parameters)
print("address", server.listening_address, flush=True)
signal.pause()
