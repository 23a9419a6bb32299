"""Metrics, traces, logs, lag and health."""
