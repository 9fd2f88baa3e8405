"""Lifecycle: flows of several stages, from a slice to a proof and from a model to its next version."""
