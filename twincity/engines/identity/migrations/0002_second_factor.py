from django.db import migrations


class Migration(migrations.Migration):

    # Apart from 0001: allauth's table points at accounts, so it can only come after them.
    dependencies = [
        ('identity', '0001_start'),
        ('mfa', '0003_authenticator_type_uniq'),
    ]

    operations = [
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
            ],
            options={
                'verbose_name': 'second factor',
                'verbose_name_plural': 'second factors',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('mfa.authenticator',),
        ),
    ]
