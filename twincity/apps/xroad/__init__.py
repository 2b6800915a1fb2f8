"""X-Road: this node as a Security Server to its own systems, and as an information system behind a real one."""
