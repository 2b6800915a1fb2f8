"""What the catalogue looks like from outside: DCAT-AP in two notations, and packages of CKAN."""
