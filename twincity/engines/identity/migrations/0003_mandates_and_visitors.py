import django.db.models.deletion
import twincity.kernel.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_second_factor'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='home',
            field=models.CharField(blank=True, editable=False, max_length=253, verbose_name='home node'),
        ),
        migrations.AddField(
            model_name='roleheld',
            name='department',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='identity.party', verbose_name='department'),
        ),
        migrations.AddField(
            model_name='roleheld',
            name='since',
            field=models.DateTimeField(default=twincity.kernel.clock.now, verbose_name='term begins'),
        ),
        migrations.AddField(
            model_name='roleheld',
            name='until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='term ends'),
        ),
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agent', models.CharField(db_index=True, max_length=400, verbose_name='agent')),
                ('agent_title', models.CharField(max_length=200, verbose_name="agent's name")),
                ('scope', models.JSONField(verbose_name='acts')),
                ('since', models.DateTimeField(default=twincity.kernel.clock.now, verbose_name='term begins')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='term ends')),
                ('may_pass_on', models.BooleanField(default=False, verbose_name='may be passed on')),
                ('evidence', models.CharField(blank=True, max_length=200, verbose_name='grounds')),
                ('revoked', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                ('created', models.DateTimeField(default=twincity.kernel.clock.now, editable=False, verbose_name='created')),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='given by')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passed_on', to='identity.mandate')),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates', to='identity.party', verbose_name='acts for')),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'mandate',
                'verbose_name_plural': 'mandates',
                'ordering': ['-created', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ActDone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=twincity.kernel.clock.now, verbose_name='at')),
                ('act', models.CharField(max_length=250, verbose_name='act')),
                ('reference', models.CharField(blank=True, max_length=200, verbose_name='reference')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.party', verbose_name='acts for')),
                ('mandate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='identity.mandate', verbose_name='mandate')),
            ],
            options={
                'verbose_name': 'act',
                'verbose_name_plural': 'acts',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=twincity.kernel.clock.now, verbose_name='at')),
                ('way', models.CharField(max_length=300, verbose_name='way')),
                ('second_factor', models.BooleanField(default=False, verbose_name='second factor')),
                ('failed', models.BooleanField(default=False, verbose_name="did not succeed")),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='network address')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'sign-in',
                'verbose_name_plural': 'sign-ins',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['account', '-at'], name='identity_sign_in_newest')],
            },
        ),
    ]
