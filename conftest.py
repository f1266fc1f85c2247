"""What every test has: an own media folder, the cast, and a queue that runs nothing unless the test asks for it."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from pytest_django.fixtures import Settings

from accounts.models import User

pytest_plugins = ["aslsite.tests.browser"]


@pytest.fixture(autouse=True)
def media_folder(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty MEDIA_ROOT for each test."""
    folder = tmp_path_factory.mktemp("media")
    settings.MEDIA_ROOT = folder
    return folder


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    """Limits begin anew for each test."""
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    """Owns what the test is about."""
    return User.objects.create_user("alice", "alice@example.org", "alice-password")


@pytest.fixture
def bob(db: None) -> User:
    """Staff: may look at the admin pages, read-only."""
    bob = User.objects.create_user("bob", "bob@example.org", "bob-password", is_staff=True)
    bob.user_permissions.set(
        Permission.objects.filter(codename__in=["view_prediction", "view_modelversion", "view_user", "view_apitoken"])
    )
    return bob


@pytest.fixture
def charlie(db: None) -> User:
    """A stranger, who must never see anything of Alice's."""
    return User.objects.create_user("charlie", "charlie@example.org", "charlie-password")


@pytest.fixture
def admin(db: None) -> User:
    """May do everything in the admin pages."""
    return User.objects.create_superuser("admin", "admin@example.org", "admin-password")
