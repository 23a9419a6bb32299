"""Fuzzing: invariants of what reads from outside, searched by coverage (atheris) or by draw.

``python -m tests.fuzz [TARGET …] --seconds N --seed S``; docs/fuzzing.md tells what was found.
"""
