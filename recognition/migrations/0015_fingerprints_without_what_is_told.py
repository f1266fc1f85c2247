"""A version's fingerprint leaves out its card and reports from now on: rows follow, so that they stay that version."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TELLING = {"MODEL_CARD.md", "report.json", "report.html"}


def follow(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """One whose artefact is gone, or another's by now, keeps what it has: nothing can be served by it anyway."""
    for version in apps.get_model("recognition", "ModelVersion").objects.all():
        folder = Path(version.directory) if version.directory else Path(settings.BASE_DIR) / "worker" / "pretrained"
        try:
            manifest = json.loads((folder / "artifact.json").read_text())
            before, now = fingerprint(manifest, set()), fingerprint(manifest, TELLING)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if version.fingerprint == before:
            version.fingerprint = now
            version.save(update_fields=["fingerprint"])


def fingerprint(manifest: dict[str, Any], without: set[str]) -> str:
    files = sorted((name, sha256) for name, sha256 in manifest["files"].items() if name not in without)
    decides = [files, *(manifest[name] for name in ("landmarks_share", "temperature", "unsure_below"))]
    if manifest.get("landmarks_alone"):
        decides.append(sorted(manifest["landmarks_alone"].items()))
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("recognition", "0014_keys_of_live_sessions")]

    operations = [
        migrations.AlterField(
            "modelversion",
            "fingerprint",
            models.CharField(help_text="SHA-256 of all in its artefact that decides on answers.", max_length=64),
        ),
        migrations.RunPython(follow, migrations.RunPython.noop),
    ]
