from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_failed_sign_in'),
    ]

    operations = [
        migrations.AddField(
            model_name='brand',
            name='sign_offs',
            field=models.CharField(choices=[('never', 'Nobody signs'), ('last', 'On the last part of a reply'), ('each', 'On each part of a reply')], default='never', max_length=10),
        ),
    ]
