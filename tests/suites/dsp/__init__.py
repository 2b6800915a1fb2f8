"""The Dataspace Protocol's schemas and the sequences of its Technology Compatibility Kit."""
