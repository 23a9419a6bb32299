"""How far a partition is done: the window, the frontier, and what is completed ahead of it."""
