"""What a cluster must carry, up to 10,000 events a second: a model, and how true it is."""
