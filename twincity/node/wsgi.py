"""Django as WSGI; the edge calls it through a thread bridge."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
