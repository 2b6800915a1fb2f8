"""HTTP/1.1 between nodes: the client, the server and helpers for raw ASGI functions."""
