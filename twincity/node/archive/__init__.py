"""A whole node in one encrypted file: written while the node is up, restored to another folder or machine."""
