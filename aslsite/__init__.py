"""The site: settings, URLs, WSGI, the Celery application, and what `make run` starts."""
