"""Names by which other protocols know members, their systems and services; pure."""
