"""Circle: who belongs, by which charter, with which keys, and how fresh that knowledge is."""
