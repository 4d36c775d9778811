from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "kikite.cases"
