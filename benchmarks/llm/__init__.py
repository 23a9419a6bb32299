"""The service with a language model beside the common way and the source article's pipeline.

The service is the real one: ``stream-service run`` in a process of its own, fed over a real broker.
The endpoint is the simulator, in a process of its own too, so that CPU is each contender's alone.
"""
