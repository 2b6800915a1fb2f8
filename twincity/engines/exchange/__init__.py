"""Exchange: services, grants, and the calls between nodes with their evidence."""
