"""The machine doors: DCAT-AP and the CKAN Action API, open to everyone."""
