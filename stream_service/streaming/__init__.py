"""The transport: records in, outcomes out, each exactly once. Knows only contracts."""
