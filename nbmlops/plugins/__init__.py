"""Plug-ins: what can be added from outside, and how built-in and foreign parts are found alike."""
