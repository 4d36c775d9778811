"""`kikite create-admin`."""

from __future__ import annotations

from kikite.project.cli import ground
from kikite.project.problems import Problem


def create_admin(email: str, password: str, name: str) -> None:
    """Make an administrator, or make one of an existing agent. Raises Problem for a bad address or password."""
    with ground.django():
        from django.contrib.auth.password_validation import validate_password
        from django.core.exceptions import ValidationError
        from django.core.validators import validate_email

        try:
            validate_email(email)
            validate_password(password)
        except ValidationError as error:
            raise Problem(" ".join(error.messages)) from None
        print(_save(email, password, name))


def _save(email: str, password: str, name: str) -> str:
    from kikite.accounts.models import Agent

    agent = Agent.objects.filter(email__iexact=email).first()
    if agent is None:
        Agent.objects.create_agent(email, password, name or email.partition("@")[0], is_admin=True)
        return f"{email} can sign in now and set up everything."
    agent.is_admin = agent.is_active = True
    agent.set_password(password)
    agent.save()
    return f"{email} has a new password now and may set up everything."
