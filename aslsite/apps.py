from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "aslsite"
    verbose_name = "Site"

    def ready(self) -> None:
        from aslsite import checks  # noqa: F401 - registers them
