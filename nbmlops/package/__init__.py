"""Packages: a model with the row function of its notebook, ready to be installed and served."""
