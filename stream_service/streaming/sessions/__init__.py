"""This process's ownership of partitions, one session for each assignment."""
