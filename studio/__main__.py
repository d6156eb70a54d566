"""`python3 -m studio` sets itself up and starts the server; `python3 -m studio test` sets itself up and runs the tests.

This file is read by whatever Python there is, also one that is too old, so its syntax is plain.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST = (3, 11)

if sys.version_info < OLDEST:
    sys.exit(
        "Whisker needs Python %d.%d or newer; this is %d.%d (%s).\n"  # noqa: UP031
        "Install a newer one and start again with it, for example: python3.12 -m studio"
        % (OLDEST + tuple(sys.version_info[:2]) + (sys.executable,))
    )

# Started by path, from anywhere, Python puts this folder first instead of the one above it.
sys.path[:] = [ROOT] + [path for path in sys.path if path not in (ROOT, os.path.join(ROOT, "studio"))]

if __name__ == "__main__":
    from studio.launch import main

    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
