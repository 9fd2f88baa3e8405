"""Serving: the panel's screens as a read-only page of this machine, outside of any notebook."""
