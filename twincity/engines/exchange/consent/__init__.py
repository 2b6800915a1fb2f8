"""Consent (同意): data agreements and consents as signed documents, what a consent covers, its text. Pure."""
