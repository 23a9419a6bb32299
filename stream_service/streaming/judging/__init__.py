"""The work on a partition's events: in order by key, side by side, within limits."""
