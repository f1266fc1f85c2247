"""Settings of the tests: the product's, deaf to the developer's environment and ``.env``, without a real broker."""

import os
import re
import tempfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]

for _name in re.findall(r"^#?([A-Z_]+)=", (_ROOT / ".env.example").read_text(), re.MULTILINE):
    os.environ[_name] = ""  # counts as not set, and keeps .env from setting it

_place = tempfile.TemporaryDirectory(prefix="asl-tests-")  # removed when the interpreter ends
os.environ["LOCAL_DIR"] = _place.name
os.environ["MEDIA_ROOT"] = f"{_place.name}/media"
os.mkdir(f"{_place.name}/static")

from aslsite.settings import *  # noqa: E402, F403
from aslsite.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES, STORAGES  # noqa: E402

CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS.clear()
DATABASES["default"]["TEST"] = {"NAME": f"{_place.name}/test.sqlite3"}  # a file, so that worker processes can open it
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and only for tests
