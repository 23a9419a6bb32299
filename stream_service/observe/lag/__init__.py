"""How far consumer groups are behind, measured from outside of them.

A round reads what the groups have committed, then where the logs end, then how old the first
unprocessed records are (`cluster_reader`); the tracker makes figures of it that need a past
(`tracker`), and the exposition writes them for Prometheus (`exposition`). The monitor ties these
together (`monitor`).
"""
