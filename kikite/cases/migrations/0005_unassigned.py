from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0004_leaving"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("assignee__isnull", True), ("waiting_since__isnull", False)),
                fields=["brand", "waiting_since", "id"],
                name="case_unassigned",
            ),
        ),
    ]
