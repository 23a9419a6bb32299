"""The peers: one module each, set up as its own documentation advises for this job."""
