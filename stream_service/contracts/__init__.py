"""The wire: the models of each topic, their codec, headers and topic names. Imports no sibling."""
