"""The registry: model versions, what people decided about them, and which of them is in use."""
