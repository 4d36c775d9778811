from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "kikite.desk"

    def ready(self) -> None:
        from kikite.live.hub import register

        from .rows import counts, render_rows

        register(rows=render_rows, counts=counts)
