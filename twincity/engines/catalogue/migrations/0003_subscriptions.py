"""Subscriptions to changes, and the notices that came of them."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import twincity.kernel.clock
import twincity.kernel.ids

ACTS = [("published", "Published"), ("changed", "Changed"), ("withdrawn", "Withdrawn")]


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_search_index")]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=twincity.kernel.ids.new_id, max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=200)),
                ("chosen", models.JSONField(default=dict)),
                ("created", models.DateTimeField(default=twincity.kernel.clock.now, editable=False)),
                ("after", models.BigIntegerField()),
                ("account", models.CharField(db_index=True, max_length=150)),
            ],
            options={
                "verbose_name": "subscription",
                "verbose_name_plural": "subscriptions",
                "indexes": [models.Index(fields=["after"], name="catalogue_subscription_after")],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.BigIntegerField()),
                ("act", models.CharField(choices=ACTS, max_length=10)),
                ("identifier", models.CharField(max_length=400)),
                ("title", models.JSONField()),
                ("at", models.DateTimeField(default=twincity.kernel.clock.now, editable=False)),
                ("unread", models.BooleanField(default=True)),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="catalogue.subscription",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "constraints": [models.UniqueConstraint(fields=("subscription", "seq"), name="catalogue_notice_once")],
            },
        ),
    ]
