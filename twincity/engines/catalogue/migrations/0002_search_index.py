"""An index of terms over what is in force, and the order of changes.

The index itself is the database's own: FTS5 over the terms on SQLite, kept by triggers, and a generated column with a
GIN index on PostgreSQL. A later migration that alters ``catalogue_indexed`` on SQLite makes the table anew, which drops
the triggers: it has to run ``create_terms`` again.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

SQLITE = (
    "CREATE VIRTUAL TABLE catalogue_terms USING fts5(head, words, content='catalogue_indexed', content_rowid='slot',"
    " tokenize='ascii')",
    "CREATE TRIGGER catalogue_terms_added AFTER INSERT ON catalogue_indexed BEGIN"
    " INSERT INTO catalogue_terms(rowid, head, words) VALUES (new.slot, new.head, new.words); END",
    "CREATE TRIGGER catalogue_terms_gone AFTER DELETE ON catalogue_indexed BEGIN INSERT INTO"
    " catalogue_terms(catalogue_terms, rowid, head, words) VALUES ('delete', old.slot, old.head, old.words); END",
    "CREATE TRIGGER catalogue_terms_changed AFTER UPDATE OF head, words ON catalogue_indexed BEGIN INSERT INTO"
    " catalogue_terms(catalogue_terms, rowid, head, words) VALUES ('delete', old.slot, old.head, old.words);"
    " INSERT INTO catalogue_terms(rowid, head, words) VALUES (new.slot, new.head, new.words); END",
)
POSTGRES = (
    "ALTER TABLE catalogue_indexed ADD COLUMN terms tsvector GENERATED ALWAYS AS"
    " (setweight(to_tsvector('simple'::regconfig, head), 'A') || to_tsvector('simple'::regconfig, words)) STORED",
    "CREATE INDEX catalogue_terms ON catalogue_indexed USING gin (terms)",
)


def create_terms(apps, schema_editor):
    """What each database searches with."""
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement)


def drop_terms(apps, schema_editor):
    """Nothing is left of it: PostgreSQL's column and index go with the table."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE catalogue_terms")


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_start")]

    operations = [
        migrations.AlterField(
            "entry",
            "kind",
            models.CharField(
                choices=[
                    ("standard", "Standard"),
                    ("dataset", "Dataset"),
                    ("service", "Service"),
                    ("duty-list", "Duty list"),
                ],
                max_length=10,
            ),
        ),
        migrations.RemoveField("entry", "head"),
        migrations.RemoveField("entry", "words"),
        migrations.AddIndex("entry", models.Index(fields=["name"], name="catalogue_entry_name")),
        migrations.AddIndex(
            "entry", models.Index(fields=["owner", "withdrawn_index"], name="catalogue_entry_withdrawal")
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "act",
                    models.CharField(
                        choices=[("published", "Published"), ("changed", "Changed"), ("withdrawn", "Withdrawn")],
                        max_length=10,
                    ),
                ),
                ("identifier", models.CharField(max_length=400)),
                ("owner", models.CharField(max_length=253)),
                ("log_index", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "change of the catalogue",
                "verbose_name_plural": "changes of the catalogue",
            },
        ),
        migrations.CreateModel(
            name="Indexed",
            fields=[
                ("slot", models.BigAutoField(primary_key=True, serialize=False)),
                ("owner", models.CharField(max_length=253)),
                ("kind", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=63)),
                ("published", models.BigIntegerField()),
                ("head", models.TextField()),
                ("words", models.TextField()),
                ("traits", models.JSONField()),
                ("west", models.FloatField(null=True)),
                ("south", models.FloatField(null=True)),
                ("east", models.FloatField(null=True)),
                ("north", models.FloatField(null=True)),
                ("seq", models.BigIntegerField(db_index=True)),
                (
                    "entry",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalogue.entry",
                    ),
                ),
            ],
            options={
                "verbose_name": "search row",
                "verbose_name_plural": "search rows",
                "indexes": [
                    models.Index(fields=["west", "east", "south", "north"], name="catalogue_indexed_box")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "kind", "name"), name="catalogue_indexed_line")
                ],
            },
        ),
        migrations.RunPython(create_terms, drop_terms),
    ]
