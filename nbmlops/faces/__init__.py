"""Faces: the command line, the magics and the bar; each parses, calls one function of the api, and shows."""
