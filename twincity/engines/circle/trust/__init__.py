"""The pure core of the circle: charter, signed documents, the directory folded from them, freshness."""
