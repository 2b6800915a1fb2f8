"""One module for each file of vectors; each builds its content from fixed seeds and fixed times."""
