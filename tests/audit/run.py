"""Run graphql-http's audit against a server of our own, on a free port, over the sample articles."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SEEDS = HERE.parent.parent / "seeds"


def main() -> int:
    """Install the audit where it is missing, start a server, audit it, stop it."""
    if not (HERE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    command = [sys.executable, "-m", "graph", "serve", str(SEEDS), "--port", "0", "--no-access-log"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        for line in server.stderr:
            if match := re.search(r"serving on (http://\S+)", line):
                url = f"{match[1]}/graphql"
                return subprocess.run(["node", str(HERE / "audit.mjs"), url], timeout=120).returncode
            sys.stderr.write(line)
        return 1
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    sys.exit(main())
