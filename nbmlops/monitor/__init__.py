"""Monitoring: drift of what is asked, and two models beside each other on rows that neither has seen."""
