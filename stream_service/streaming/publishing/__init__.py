"""Outcomes and other records, on their way to the broker."""
