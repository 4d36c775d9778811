"""The ASGI application that `kikite web` serves."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

_django = get_asgi_application()  # sets Django up, which the modules below want

from kikite.hooks.application import Hooks  # noqa: E402
from kikite.project.static import Static  # noqa: E402

application = Hooks(Static(_django))
