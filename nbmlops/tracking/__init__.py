"""Tracking: the runs, parameters and metrics that a history amounts to."""
