"""The ground that every test and every tested notebook stands on: pace 0, offline, no traces."""

import os
import tempfile

os.environ["LABKIT_PACE"] = "0"
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
os.environ["LABKIT_PROGRESS"] = os.path.join(tempfile.mkdtemp(), "progress.json")  # noqa: PTH118
os.environ["LABKIT_CAPSTONE"] = os.path.join(tempfile.mkdtemp(), "my_agent.py")  # noqa: PTH118
for name in ("LABKIT_PROVIDER", "LABKIT_BASE_URL", "LABKIT_API_KEY", "LABKIT_MODEL"):
    os.environ.pop(name, None)
