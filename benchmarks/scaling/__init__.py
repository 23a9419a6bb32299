"""What a cluster must carry, from a laptop to 10,000 events a second: a model, and how true it is."""
