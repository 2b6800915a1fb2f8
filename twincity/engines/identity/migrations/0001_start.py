import django.contrib.auth.validators
import django.db.models.deletion
import twincity.kernel.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='LocalSystem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=60, unique=True, verbose_name='name')),
                ('token_sha256', models.BinaryField(max_length=32, unique=True)),
                ('purposes', models.JSONField(default=list, verbose_name='purposes allowed')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('created', models.DateTimeField(default=twincity.kernel.clock.now, editable=False, verbose_name='created')),
                ('changed', models.DateTimeField(default=twincity.kernel.clock.now, editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'local system',
                'verbose_name_plural': 'local systems',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identifier', models.CharField(max_length=400, unique=True, verbose_name='identifier')),
                ('kind', models.CharField(choices=[('person', 'Person'), ('organisation', 'Organisation'), ('system', 'System')], max_length=12, verbose_name='kind')),
                ('title', models.CharField(max_length=200, verbose_name='name')),
                ('created', models.DateTimeField(default=twincity.kernel.clock.now, editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'party',
                'verbose_name_plural': 'parties',
                'ordering': ['identifier'],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='sign-in name')),
                ('title', models.CharField(blank=True, max_length=150, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='may sign in')),
                ('created', models.DateTimeField(default=twincity.kernel.clock.now, editable=False, verbose_name='created')),
                ('party', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='identity.party', verbose_name='stands for')),
            ],
            options={
                'verbose_name': 'account',
                'verbose_name_plural': 'accounts',
                'ordering': ['username'],
            },
        ),
        migrations.CreateModel(
            name='RoleHeld',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('steward', 'Data steward'), ('official', 'Case officer'), ('operator', 'Operator'), ('auditor', 'Auditor')], max_length=12, verbose_name='role')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='held', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'role',
                'verbose_name_plural': 'roles',
                'constraints': [models.UniqueConstraint(fields=('account', 'role'), name='identity_role_once')],
            },
        ),
    ]
