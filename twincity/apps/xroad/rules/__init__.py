"""The hash of a request and the global configuration; pure."""
