"""Capture: watch a kernel's cells run and record what each statement read and changed."""
