"""The read side of the CKAN Action API v3: packages, what may be asked, and how filters are written."""
