"""The exchange core on the wire: service registry, provider's and consumer's side of a call, records of both."""
