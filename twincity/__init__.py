"""TwinCity 双城: nodes of neighbouring provinces share data and services, with grants and evidence."""
