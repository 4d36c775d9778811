"""What the playbooks keep."""

from .answer_models import Answer, AnswerUse
from .voice_models import Link, Voice

__all__ = ["Answer", "AnswerUse", "Link", "Voice"]
