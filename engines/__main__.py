"""`python -m engines`: see `engines.cli`."""

import os
import sys

os.environ.setdefault("GOMP_SPINCOUNT", "0")  # before torch is imported

from engines.cli import main

if __name__ == "__main__":
    sys.exit(main())
