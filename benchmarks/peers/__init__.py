"""The service beside the usual ways to put the same judge behind Kafka, in one run.

Every contender has a process of its own against the same embedded broker and the same simulated
language model, and behind it the same judge: the service's own LangGraph graph with the language
model's analyst, so that what differs is how events are read, worked on and published. The
synchronous contenders drive that graph's event loop to the end of each event.

Who is compared, how each is set up and where its documentation advises that stands in
``catalogue``, the set-up itself in ``contenders``; what is done to them in ``situations``; what
counts as lost, duplicated and out of order in ``ledger``; what counts as leading in ``leading``.

All alike: 8 partitions, 16 events in flight a process where a contender works on several at once, a
session time-out of 6 s, uvloop, the same settings of the garbage collector, outputs with headers at
acks=all, and a supervisor that starts a worker again when it ends. CPU is the workers' own, all
threads and processes, from the moment their judge is loaded; the broker, the model and the
measuring client have processes of their own.
"""
