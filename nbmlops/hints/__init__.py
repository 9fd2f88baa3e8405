"""Hints: what in a history may mislead its author about a result, each with its evidence."""
