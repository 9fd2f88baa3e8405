"""The api: one function for each verb, settings in and records out."""
