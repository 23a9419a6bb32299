"""Reading topics without a group."""
