"""Live components: one Python class with its Vue component for each; they take data and deltas, never rebuilt by the server."""
