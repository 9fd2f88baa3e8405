"""Sweeping: a cell is run with many values of its names, in workers that start from what the kernel holds."""
