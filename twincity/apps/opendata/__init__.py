"""The catalogue's public faces: DCAT-AP 3 and the read side of the CKAN Action API."""
