"""The streaming engine beside a plain transaction loop and FastStream, on one broker in one run.

All of them decode the same events, wait the same time for each, and publish the same bytes, on the
same event loop (uvloop). CPU is the process's own; the broker and, where latency is measured, the
client that publishes and reads have processes of their own.
"""
