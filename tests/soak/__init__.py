"""Everything at once, for long: brokers, workers, console, people, and faults by a schedule."""
