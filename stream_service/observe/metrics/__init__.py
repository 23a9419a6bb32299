"""The worker's metrics, under the names and labels that docs/observability.md explains."""
