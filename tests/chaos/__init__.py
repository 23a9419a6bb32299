"""Real worker processes on a real broker, under a seeded schedule of faults."""
