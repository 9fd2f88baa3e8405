"""Trackers: one leaf for each system that runs are pushed to and pulled from; nobody imports them."""
