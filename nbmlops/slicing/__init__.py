"""Slicing: find the statements that an object needs, by reachability over resource versions."""
