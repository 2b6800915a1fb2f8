"""Evidence bundles: one file that proves an exchange to someone who trusts neither side. Pure; no Django."""
