"""The endpoint: one client for all events, what it can do, and what its errors mean."""
