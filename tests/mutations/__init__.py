"""Whether the tests of the traps fail without the cure: each cure is broken in turn, in a copy."""
