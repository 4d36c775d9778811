from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kikite.accounts"
