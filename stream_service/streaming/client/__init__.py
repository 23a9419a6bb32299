"""aiokafka's clients: how they reach the cluster, start and close, and their faults, cured."""
