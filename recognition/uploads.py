"""Reading uploads without storing what will be refused anyway."""

from __future__ import annotations  # UploadedFile is generic for the type checker only

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    SkipFile,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest

from recognition.services import StorageFull
from worker.ml.full_disk import is_full
from worker.ml.images import too_large


class OversizedFile(UploadedFile):  # type: ignore[type-arg]
    """Stands for a file over the limit: its name and size, without its content."""


class UnspooledFile(UploadedFile):  # type: ignore[type-arg]
    """Stands for a file that the disk had no room for: its name and size, without its content."""


class DroppingUploadHandler(FileUploadHandler):
    """For all that takes no files: those that are sent nevertheless are read off the wire and dropped.

    The CSRF check reads the whole body before a view has judged who sent it. Nobody may fill the disk by that.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: each file is skipped when it begins."""

    def file_complete(self, file_size: int) -> None:
        """Never called either."""


class SpoolingUploadHandler(TemporaryFileUploadHandler):
    """Keeps larger files on disk while they arrive. A disk that is full costs their content, not the whole request:
    the rest is read off the wire and dropped, and the file arrives as an :class:`UnspooledFile`."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._is_full = False
        with self._noticing():
            super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        with self._noticing():
            if not self._is_full:
                super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        with self._noticing():
            if not self._is_full:
                return super().file_complete(file_size)  # what is still buffered is written here
        with suppress(AttributeError, OSError):
            self.file.close()
        return UnspooledFile(BytesIO(), self.file_name, self.content_type, file_size)

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not is_full(error):
                raise
            self._is_full = True


class LimitedUploadHandler(FileUploadHandler):
    """Runs before the handlers that keep files, and holds back from them what goes over the limits.

    A file's bytes beyond ``MAX_UPLOAD_BYTES`` are read off the wire and dropped, and it arrives as an
    :class:`OversizedFile`, so that the others of the same request go on. Files after the ``max_files``-th plus one are
    dropped whole: the one too many is enough to tell that there were too many.
    """

    def __init__(self, request: HttpRequest, max_files: int) -> None:
        super().__init__(request)
        self._max_files = max_files
        self._files_begun = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._files_begun += 1
        if self._files_begun > self._max_files + 1:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start + len(raw_data) <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> OversizedFile | None:
        if file_size <= settings.MAX_UPLOAD_BYTES:
            return None  # the handlers after this one have it
        return OversizedFile(BytesIO(), self.file_name, self.content_type, file_size)


def take_files(request: HttpRequest) -> None:
    """Have the request's files kept, of any size and number. Call it before anything reads the body, the CSRF check
    included, and when it is known that its sender may send files."""
    request.upload_handlers = [MemoryFileUploadHandler(request), SpoolingUploadHandler(request)]


def take_pictures(request: HttpRequest, *, max_files: int) -> None:
    """As :func:`take_files`, within the limits for pictures."""
    take_files(request)
    request.upload_handlers.insert(0, LimitedUploadHandler(request, max_files))


def read_upload(file: UploadedFile[Any]) -> bytes:
    """The bytes of an uploaded file.

    Raises :class:`worker.ml.images.ImageError` if there are too many, and :class:`recognition.services.StorageFull` if
    the disk had no room for them.
    """
    size = file.size or 0
    if isinstance(file, UnspooledFile):
        raise StorageFull
    if isinstance(file, OversizedFile) or size > settings.MAX_UPLOAD_BYTES:
        raise too_large(size, settings.IMAGE_LIMITS)
    return cast(bytes, file.read())
