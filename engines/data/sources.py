"""Where pictures come from: `drawn`, a folder, a zip or CIFAR-10's batches, all read into the same `Pictures`.

`SOURCE:class,class` keeps some classes, in the order given. Files that cannot be used are skipped and named.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import batched, islice
from pathlib import Path

import numpy as np

from engines.data import archives, cache, cifar, labels
from engines.data.cache import Decoded
from engines.data.decode import decode
from engines.data.drawn import list_drawn
from engines.data.listing import Listing, Rejected, Skipped, count
from engines.data.split import PARTS, part
