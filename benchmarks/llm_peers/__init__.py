"""How others build it: the ways that ours is measured against, on the same simulated endpoint."""
