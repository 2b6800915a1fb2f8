"""The UI kit: base page, components, tokens; a Django app without tables."""
