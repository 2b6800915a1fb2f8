"""Drills: live nodes are killed, cut off, deceived and flooded, and must keep what they promise."""
