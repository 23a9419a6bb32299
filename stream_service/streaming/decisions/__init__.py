"""Reviewers' decisions: the first one of an item wins, over restarts, and sends the reply."""
