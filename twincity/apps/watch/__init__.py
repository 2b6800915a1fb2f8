"""Watching a node: traffic by partner, alerts, and evidence for auditors."""
