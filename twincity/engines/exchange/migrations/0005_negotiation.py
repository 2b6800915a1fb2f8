"""Counter-offers and withdrawals of agreements."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0004_outside_names")]

    operations = [
        migrations.AddField(model_name="agreement", name="offer", field=models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField(model_name="agreement", name="withdrawal", field=models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField(model_name="agreement", name="earlier", field=models.JSONField(default=list)),
        migrations.AlterField(
            model_name="agreement",
            name="state",
            field=models.CharField(
                choices=[
                    ("requested", "Requested"), ("offered", "Offered"), ("withdrawn", "Withdrawn"),
                    ("active", "Active"), ("refused", "Refused"), ("suspended", "Suspended"), ("ended", "Ended"),
                ],
                default="requested", max_length=12,
            ),
        ),
    ]
