"""Faces: the command line, the magics and the panel; each calls one function of the api, and shows."""
