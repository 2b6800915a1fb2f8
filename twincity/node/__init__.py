"""TwinCity."""
