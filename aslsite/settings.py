"""Settings. Every value that an operator may change is read from the environment and listed in ``.env.example``."""

import contextlib
import hashlib
import os
import secrets
import tempfile
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import dj_database_url
from dotenv import load_dotenv
from whitenoise.compress import Compressor

from aslsite import env
from worker.ml.config import ImageLimits
from worker.ml.labels import LABELS, LETTERS

BASE_DIR = Path(__file__).resolve().parent.parent
load_dotenv(BASE_DIR / ".env")  # what is set in the environment wins

# What a run on embedded defaults writes, apart from users' files: database, secret key, socket, static files.
LOCAL_DIR = env.folder("LOCAL_DIR", BASE_DIR / ".local")


def _secret_key() -> str:
    """SECRET_KEY from the environment, else one generated on the first start and kept in a file only we can read."""
    value = env.text("SECRET_KEY")
    if value:
        return value
    path = LOCAL_DIR / "secret_key"
    if not path.exists():
        LOCAL_DIR.mkdir(parents=True, exist_ok=True)
        own = path.with_suffix(f".{os.getpid()}")
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(own, path)  # atomic, and the first of two that start at once wins
        own.unlink()
    return path.read_text()


def _embedded_redis_socket() -> Path:
    """Where the Redis that `make run` starts listens: a path of at most 107 bytes that a URL can hold as it is."""
    path = LOCAL_DIR / "redis.sock"
    if len(os.fsencode(path)) <= 100 and quote(str(path)) == str(path):
        return path
    place = hashlib.sha256(os.fsencode(LOCAL_DIR)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"asl-alphabet-{os.getuid()}-{place}" / "redis.sock"


# https://docs.djangoproject.com/en/5.2/ref/settings/#core-settings
SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS", "")
DEBUG = env.boolean("DEBUG", False)
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, least=1, most=65535)
ROOT_URLCONF = "aslsite.urls"
WSGI_APPLICATION = "aslsite.wsgi.application"
SITE_NAME = "ASL Alphabet"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",  # asked for by the page of allauth.usersessions
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "accounts",
    "recognition",
    "worker",
    "aslsite",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "aslsite.middleware.explain_wrong_method",
    "aslsite.middleware.refuse_large_body",
    "aslsite.middleware.AnswerTheDeleted",
    "aslsite.middleware.TellOfFullDisk",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# https://docs.djangoproject.com/en/5.2/ref/databases/#sqlite-notes
# IMMEDIATE: a transaction takes the write lock when it begins, so that it waits for its turn (the timeout) where a
# transaction that reads first and writes later would fail at once with "database is locked".
_database_url = env.url(
    "DATABASE_URL", f"sqlite:///{quote(str(LOCAL_DIR / 'db.sqlite3'))}", shapes=(env.SQLITE, env.POSTGRES)
)
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(_database_url, conn_max_age=60, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# https://docs.djangoproject.com/en/5.2/topics/auth/ and https://docs.allauth.org/en/latest/account/configuration.html
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "recognition:predict"
ACCOUNT_LOGOUT_REDIRECT_URL = "accounts:signed_out"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_DISPLAY = attrgetter("shown_name")
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm", "signup": "accounts.forms.SignUpForm"}
ACCOUNT_RATE_LIMITS = {  # beside allauth's own
    "download_data": "10/10m/user",
    "delete_account": "5/5m/user",
    "contact": "20/10m/ip",
}
LONGEST_LIMIT_SECONDS = 600  # of all of them; the page that says so, 429.html, speaks of ten minutes
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # an open browser alone changes neither address nor second factor

# https://docs.allauth.org/en/latest/mfa/configuration.html
# Browsers have passkeys at https:// and at http://localhost alone, so not where `make run` listens by default.
PASSKEYS = env.boolean("PASSKEYS", False)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", *(["webauthn"] if PASSKEYS else [])]
MFA_PASSKEY_LOGIN_ENABLED = PASSKEYS
MFA_ADAPTER = "accounts.second_factors.SecondFactorAdapter"
MFA_TOTP_ISSUER = SITE_NAME
MFA_FORMS = {
    "activate_totp": "accounts.forms.FirstCodeForm",
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
}
MFA_TOTP_PERIOD = 30
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses need not be verified here at all

# https://docs.djangoproject.com/en/5.2/topics/email/ : without EMAIL_URL no mail is sent, and the pages say so
EMAIL_URL = env.url("EMAIL_URL", "", shapes=(env.SMTP, env.CONSOLE)) if env.text("EMAIL_URL") else ""
MAIL_IS_SENT = bool(EMAIL_URL)
_mail = urlsplit(EMAIL_URL)
EMAIL_HOST = _mail.hostname or "localhost"
EMAIL_PORT = _mail.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}.get(_mail.scheme, 25)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", "asl-alphabet@localhost")
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{SITE_NAME}: "
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL_IS_SENT  # of a changed password, address or second factor
_verifications = ("none", "optional", "mandatory") if MAIL_IS_SENT else ("none",)
ACCOUNT_EMAIL_VERIFICATION = env.choice("EMAIL_VERIFICATION", "none", _verifications)
_email = "email*" if ACCOUNT_EMAIL_VERIFICATION == "mandatory" else "email"
ACCOUNT_SIGNUP_FIELDS = ["username*", _email, "password1*", "password2*"]
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _mail.scheme.startswith('smtp') else 'console'}.EmailBackend"

# https://docs.djangoproject.com/en/5.2/topics/i18n/
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
FORMAT_MODULE_PATH = "aslsite.formats"
USE_TZ = True

# https://docs.djangoproject.com/en/5.2/howto/static-files/ and https://whitenoise.readthedocs.io/
STATIC_URL = "static/"
STATIC_ROOT = LOCAL_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "aslsite.storage.VersionedStaticFiles"
    },
}

# The hand networks of the live page are packed by a quarter, in seconds of every first start: not worth it.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "task")

# Users' pictures. There is no MEDIA_URL: they leave only through a view that checks their owner.
MEDIA_ROOT = env.folder("MEDIA_ROOT", BASE_DIR / "media")
FILE_UPLOAD_PERMISSIONS = 0o600
MAX_UPLOAD_BYTES = env.integer("MAX_UPLOAD_BYTES", 12_000_000, least=10_000, most=100_000_000)
MAX_UPLOAD_PIXELS = env.integer("MAX_UPLOAD_PIXELS", 60_000_000, least=10_000, most=400_000_000)
MAX_FILES_PER_UPLOAD = env.integer("MAX_FILES_PER_UPLOAD", 100, least=1, most=500)
MAX_WAITING_PER_PERSON = env.integer("MAX_WAITING_PER_PERSON", 500, least=1, most=1_000_000)
IMAGE_LIMITS = ImageLimits(max_bytes=MAX_UPLOAD_BYTES, max_pixels=MAX_UPLOAD_PIXELS)
FILE_UPLOAD_HANDLERS = ["recognition.uploads.DroppingUploadHandler"]  # views that take files put others in its place
DATA_UPLOAD_MAX_NUMBER_FILES = 500  # beyond our own limit, so that ours gives the sentence

# https://docs.djangoproject.com/en/5.2/topics/security/ : HTTPS says that a proxy in front speaks it
HTTPS = env.boolean("HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "aslsite.errors.csrf_failure"

# https://django-csp.readthedocs.io/en/latest/configuration.html : pages call only our own origin
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# https://docs.celeryq.dev/en/stable/userguide/configuration.html
EMBEDDED_REDIS_SOCKET = _embedded_redis_socket()
EMBEDDED_REDIS = not env.text("REDIS_URL")
REDIS_URL = env.url("REDIS_URL", f"unix://{EMBEDDED_REDIS_SOCKET}", shapes=(env.REDIS, env.REDIS_SOCKET))
CELERY_BROKER_URL = (
    f"redis+socket://{REDIS_URL.removeprefix('unix://')}" if REDIS_URL.startswith("unix:") else REDIS_URL
)
# https://docs.djangoproject.com/en/5.2/topics/cache/ : shared by all web processes; the prefix keeps it off the queue
CACHES = {
    "default": {
        "BACKEND": "aslsite.cache.SharedCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "asl-cache",
    }
}
PREDICTION_QUEUE = "predictions"
TRAINING_QUEUE = "training"
PREDICTION_SOFT_LIMIT_SECONDS = env.integer("PREDICTION_SOFT_LIMIT_SECONDS", 15, least=1, most=600)
PREDICTION_HARD_LIMIT_SECONDS = PREDICTION_SOFT_LIMIT_SECONDS + 5
PERSONAL_SOFT_LIMIT_SECONDS = 60  # to learn from a person's own pictures, which takes a few seconds
PERSONAL_HARD_LIMIT_SECONDS = PERSONAL_SOFT_LIMIT_SECONDS + 5
FRAME_SECONDS = 5  # how long a frame of the live page is worth anything
# Training: its base set, how much of the machine it takes, and how much worse a candidate may be and still be promoted.
TRAINING_LANDMARKS = env.folder("TRAINING_LANDMARKS", BASE_DIR) if env.text("TRAINING_LANDMARKS") else None
TRAINING_THREADS = env.integer("TRAINING_THREADS", 1, least=1, most=64)
PROMOTION_MARGIN = env.fraction("PROMOTION_MARGIN", 0.005)
PROMOTION_CLASS_MARGIN = env.fraction("PROMOTION_CLASS_MARGIN", 0.1)
PREDICTION_PROCESSES = env.integer("PREDICTION_PROCESSES", 1, least=1, most=64)
PREDICTION_THREADS = env.integer("PREDICTION_THREADS", 2, least=1, most=64)  # inside LiteRT, for each process
# The row in the database is the truth: there is no result store. A message is acknowledged when its task has ended, and
# goes back to the queue if its process died.
CELERY_TASK_DEFAULT_QUEUE = PREDICTION_QUEUE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60  # loading a model takes longer than Celery's 4 seconds on a busy machine
CELERY_WORKER_CONSUMER = "worker.consumer.PersistentConsumer"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": max(3600, 2 * PREDICTION_HARD_LIMIT_SECONDS),
    "socket_connect_timeout": 0.5,
    "socket_timeout": 1,
    "max_retries": 1,  # of a publisher's connection; a request is answered 503 rather than held
    "interval_start": 0,
    "interval_step": 0.1,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
# A request that waits for its result (Prefer: wait) holds one of these threads.
WEB_PROCESSES = env.integer("WEB_PROCESSES", 1, least=1, most=64)
WEB_THREADS = env.integer("WEB_THREADS", 16, least=1, most=256)
MAX_WAIT_SECONDS = 20

# Requests of one REST client and the seconds in which it may make them. Who is not known counts by address.
API_RATES = {
    "user": env.rate("API_USER_RATE", "1200/minute"),
    "anonymous": env.rate("API_ANONYMOUS_RATE", "120/minute"),
}
# How many proxies stand in front: the client's address is then read from X-Forwarded-For, that many from its end.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, least=0, most=9)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# https://www.django-rest-framework.org/api-guide/settings/
REST_FRAMEWORK = {
    "DEFAULT_THROTTLE_CLASSES": ["recognition.api.throttles.ClientThrottle"],
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "recognition.api.problems.problem_details",
}
# https://drf-spectacular.readthedocs.io/en/latest/settings.html
SPECTACULAR_SETTINGS = {
    "TITLE": SITE_NAME,
    "DESCRIPTION": "Recognises the letters of the American Sign Language alphabet in pictures.\n\n"
    "Authenticate with a token from your account page: `Authorization: Bearer asl_...`",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]+",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": False},  # its links would lie inside buttons; Redoc has them
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "LabelEnum": [(label, label) for label in LABELS],
        "LetterEnum": [(letter, letter) for letter in LETTERS],
    },
    "REDOC_DIST": "SIDECAR",
}

# https://docs.djangoproject.com/en/5.2/topics/logging/
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
