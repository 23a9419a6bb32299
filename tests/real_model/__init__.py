"""A small real language model, as a test asset in the cache: never a dependency of the service."""
