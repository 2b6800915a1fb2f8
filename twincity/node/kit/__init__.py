"""The UI kit's own page: every component with real-looking data, for those who write pages."""
