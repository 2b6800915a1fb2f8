from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='SecurityServer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.GenericIPAddressField(unique=True, verbose_name='address')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('purpose', models.CharField(max_length=100, verbose_name='purpose')),
            ],
            options={
                'verbose_name': 'Security Server',
                'verbose_name_plural': 'Security Servers',
                'ordering': ['address'],
            },
        ),
    ]
