"""From a text to a vector of its meaning."""
