"""Proofs: an export is run again in a fresh, guarded process and held against the notebook."""
