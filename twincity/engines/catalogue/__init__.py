"""Standards, dated rule sets, datasets and services of the whole circle, and the quality of their data."""
