"""Processes: the one place that starts other programs, and sees to it that they end."""
