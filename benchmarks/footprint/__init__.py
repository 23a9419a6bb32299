"""What the service takes before it has anything to do: time to start, memory, CPU while idle."""
