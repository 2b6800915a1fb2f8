from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0003_consents'),
    ]

    operations = [
        migrations.CreateModel(
            name='OutsideNameRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=900, unique=True, verbose_name='name')),
                ('member', models.CharField(max_length=253, verbose_name='member')),
                ('title', models.CharField(blank=True, max_length=200, verbose_name='title')),
                ('system', models.CharField(blank=True, max_length=100, verbose_name='local system')),
                ('services', models.JSONField(default=dict, verbose_name='services')),
                ('purposes', models.JSONField(default=dict, verbose_name='purposes')),
                ('addresses', models.JSONField(default=list, verbose_name='addresses')),
            ],
            options={
                'verbose_name': 'outside name',
                'verbose_name_plural': 'outside names',
                'ordering': ['name'],
            },
        ),
    ]
