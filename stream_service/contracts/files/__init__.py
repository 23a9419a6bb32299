"""Feedback in files: bytes in, checked events out."""
