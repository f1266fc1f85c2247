"""``make live``: what the live page runs in the browser, put where the site serves it itself (``static/vendor/``).

Two parts: MediaPipe's tasks-vision from npm, whose package the lock file pins by its hash; and its two hand networks,
read from the installed Python package ``mediapipe``. Without Node the site works all the same: the live page then sends
its frames to the server, and says so.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENDOR: Final = ROOT / "static" / "vendor"
PACKAGE: Final = Path("node_modules", "@mediapipe", "tasks-vision")
BUNDLE: Final = "tasks-vision/vision_bundle.mjs"
WASM_LOADER: Final = "tasks-vision/wasm/vision_wasm_internal.js"
WASM: Final = "tasks-vision/wasm/vision_wasm_internal.wasm"
HAND_MODELS: Final = "hand_landmarker.task"
"""Files below ``static/vendor``; the last is written last, and is what make looks for."""

_NETWORKS: Final = {
    "hand_detector.tflite": "palm_detection/palm_detection_full.tflite",
    "hand_landmarks_detector.tflite": "hand_landmark/hand_landmark_full.tflite",
}
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class AssetsMissing(Exception):
    """What the browser needs cannot be had here. ``str()`` says why, and what follows."""


def main() -> int:
    try:
        install(VENDOR)
    except AssetsMissing as reason:
        print(f"{reason}\nThe live page will let the server read its frames instead.", file=sys.stderr)
    return 0


def install(vendor: Path) -> None:
    """Fill the folder, each file by a rename. Raises :class:`AssetsMissing`."""
    with tempfile.TemporaryDirectory() as folder:
        package = fetch_package(Path(folder))
        for name in (BUNDLE, WASM_LOADER, WASM):
            place(vendor / name, (package / Path(name).relative_to("tasks-vision")).read_bytes())
    place(vendor / HAND_MODELS, pack_hand_models())


def fetch_package(folder: Path) -> Path:
    """tasks-vision as npm unpacks it below ``folder``, after comparing it with the lock file's hash."""
    npm = shutil.which("npm")
    if npm is None:
        raise AssetsMissing("Node with npm is not installed, so that nothing was fetched for the browser.")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)  # noqa: S603 - a fixed line
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetsMissing(f"npm could not fetch what the browser needs: {error}.") from error
    if done.returncode != 0:
        said = next((line for line in done.stderr.splitlines() if line.strip()), "it does not say why")
        raise AssetsMissing(f"npm could not fetch what the browser needs: {said}.")
    return folder / PACKAGE


def pack_hand_models() -> bytes:
    """The two hand networks as tasks-vision wants them: a zip file without compression, the same bytes each time."""
    from worker.ml.hands.networks import HandModelsMissing, carried_file

    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, carried in _NETWORKS.items():
                try:
                    archive.writestr(zipfile.ZipInfo(name, _EPOCH), carried_file(carried).read_bytes())
                except HandModelsMissing as error:
                    raise AssetsMissing(str(error)) from error
        file.seek(0)
        return file.read()


def place(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
