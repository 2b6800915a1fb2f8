"""What the probe has noted: proof that an effect took place once and in order."""

from __future__ import annotations

from django.db import models


class Note(models.Model):
    """A text that a partner asked to be noted, in the order in which the notes took effect."""

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "delete"

    member = models.CharField(max_length=200)
    message = models.CharField(max_length=64)
    text = models.CharField(max_length=2000)

    class Meta:
        ordering = ["id"]
