"""What the playbooks keep."""

from .voice_models import Link, Voice

__all__ = ["Link", "Voice"]
