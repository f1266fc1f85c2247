"""1,000 requests and more that nobody would think of: ``python -m benchmarks.fuzz_api SCHEMATHESIS [OPTION...]``

Starts the site on a free port in a temporary folder, sends a few pictures, and sets schemathesis on the API's own
schema with a token. SCHEMATHESIS is the path of its command, which lives in an environment of its own, as its
dependencies are none of the site's::

    python3.11 -m venv .local/schemathesis && .local/schemathesis/bin/pip install schemathesis
    .venv/bin/python -m benchmarks.fuzz_api .local/schemathesis/bin/schemathesis

Exit code 1 if any answer was a server error (5xx), or none that the schema promises.
"""

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import Request, urlopen

from PIL import Image

from aslsite.tests.running import ROOT, Run

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
PROGRAM = """
import django; django.setup()
from accounts.models import ApiToken, User
print(ApiToken.issue(owner=User.objects.get(username="admin"), name="fuzz")[1])
"""


def main(schemathesis: str, options: list[str]) -> int:
    with tempfile.TemporaryDirectory() as place:
        rates = {"API_USER_RATE": "1000000/minute", "API_ANONYMOUS_RATE": "1000000/minute"}
        run = Run(Path(place), MAX_WAITING_PER_PERSON="1000000", **rates)
        try:
            run.wait_until_ready()
            program = [sys.executable, "-c", PROGRAM]
            said = subprocess.run(  # noqa: S603 - ourselves
                program, cwd=ROOT, env=run.environment, capture_output=True, text=True, check=True
            )
            header = f"Authorization: Bearer {said.stdout.strip()}"
            site = f"http://127.0.0.1:{run.port}"
            for _ in range(3):
                send_picture(site, header)
            command = [schemathesis, "run", f"{site}/api/v1/schema/", "--header", header, "--checks", CHECKS]
            command += ["--exclude-operation-id", "tokens_destroy", "--seed", "1"]  # it would revoke its own token
            return subprocess.run([*command, *options], cwd=place, check=False).returncode  # noqa: S603 - as asked
        finally:
            print("The site's log holds", run.text().count("Traceback"), "tracebacks.")
            run.kill()


def send_picture(site: str, header: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 140, 110)).save(buffer, "JPEG")
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    body += buffer.getvalue() + b"\r\n--b--\r\n"
    name, _, value = header.partition(": ")
    headers = {name: value, "Content-Type": "multipart/form-data; boundary=b", "Prefer": "wait=5"}
    request = Request(f"{site}/api/v1/predictions/", body, headers)  # noqa: S310 - our own site
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        print("Sent a picture:", json.load(answer)["state"])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(str(Path(sys.argv[1]).resolve()), sys.argv[2:]))
