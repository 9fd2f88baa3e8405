"""The service's own code: ordinary modules that are copied word for word into every package."""
