"""Cutting: what runs in a child process to turn a notebook's statements into a function of raw rows."""
