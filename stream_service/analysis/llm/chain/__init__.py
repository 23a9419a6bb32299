"""The way of a question to its answer, link by link; ``building`` puts them together."""
