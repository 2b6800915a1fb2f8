import twincity.kernel.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(db_index=True, max_length=150, verbose_name='account')),
                ('member', models.CharField(max_length=253, verbose_name='member')),
                ('code', models.CharField(max_length=43, unique=True)),
                ('challenge', models.CharField(max_length=43)),
                ('handle', models.CharField(max_length=43, unique=True)),
                ('name_shown', models.BooleanField(default=False, verbose_name='name shown')),
                ('roles_shown', models.JSONField(default=list, verbose_name='roles shown')),
                ('second_factor', models.BooleanField(default=False, verbose_name='second factor')),
                ('authenticated', models.BigIntegerField()),
                ('created', models.DateTimeField(default=twincity.kernel.clock.now, verbose_name='created')),
                ('redeemed', models.DateTimeField(null=True, verbose_name='signed in')),
                ('ended', models.DateTimeField(null=True, verbose_name='ended')),
            ],
            options={
                'verbose_name': 'visit',
                'verbose_name_plural': 'visits',
                'ordering': ['-created', '-id'],
            },
        ),
        migrations.CreateModel(
            name='VisitorRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('member', models.CharField(max_length=253, verbose_name='member')),
                ('role_there', models.CharField(max_length=40, verbose_name='role at home')),
                ('role_here', models.CharField(max_length=40, verbose_name='role here')),
            ],
            options={
                'verbose_name': 'role of visitors',
                'verbose_name_plural': 'roles of visitors',
                'ordering': ['member', 'role_there', 'role_here'],
                'constraints': [models.UniqueConstraint(fields=('member', 'role_there', 'role_here'), name='visitors_role_once')],
            },
        ),
    ]
