"""Dates as all pages write them, Django's admin and allauth's pages too, whose own English has the month first.

Source of the names: https://docs.djangoproject.com/en/5.2/ref/settings/#format-module-path
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "j F Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j F Y, H:i"
TIME_FORMAT = "H:i"
