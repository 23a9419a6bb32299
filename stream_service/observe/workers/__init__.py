"""Several worker processes observed at one port.

Each worker serves its samples at a Unix socket of its own, and the supervisor adds them up at each
scrape. prometheus_client's own way, files that all processes map, is not used: with it no series
can be removed, so a revoked partition would stay for ever, and there are no exemplars.
"""
