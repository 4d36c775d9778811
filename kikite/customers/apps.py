from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "kikite.customers"
