"""One target a module: each gives ``TARGET``, which ``tests.fuzz.registry`` names."""
