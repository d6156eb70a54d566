"""What a pickle would import, read off its instructions without following one of them."""

import io
import pickletools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

UNKNOWN = "a name that it computes"
_CUT = (ValueError, IndexError, EOFError, OverflowError, MemoryError)  # what pickletools says of bytes that end early


@dataclass(frozen=True)
class Report:
    """`imports` counts every name that the file mentions, those inside its tensors too; `protocol` is the pickle's.

    `whole` is False for what is no pickle, or one that was cut off: then no more was read than `imports`.
    """

    size: int
    protocol: int
    imports: dict[str, int]
    whole: bool = True

    def __str__(self) -> str:
        kind = f"pickle protocol {self.protocol}" if self.whole else "damaged or not a pickle"
        lines = [f"{self.size:,} bytes, {kind}; it would import{':' if self.imports else ' nothing'}"]
        return "\n".join([*lines, *(f"  {name}  ({count} times)" for name, count in self.imports.items())])


def scan(data: bytes) -> Report:
    """Look through a pickle, and the ones inside its byte strings, and import nothing."""
    found, protocol, whole = Counter(), 0, False
    for kind, value in _mentions(io.BytesIO(data)):
        if kind == "protocol":
            protocol = value
        elif kind == "name":
            found[value] += 1
        elif kind == "end":
            whole = True
        else:
            found.update(names(value, pickles=5))
    return Report(len(data), protocol, dict(sorted(found.items())), whole)


def names(data: bytes, pickles: int = 1) -> list[str]:
    """Every name that up to so many pickles, one after the other, mention, in order, as `module.name`."""
    stream, found = io.BytesIO(data), []
    for _ in range(pickles):
        if stream.tell() == len(data):
            break
        found += [value for kind, value in _mentions(stream) if kind == "name"]
    return found


def _mentions(stream: io.BytesIO) -> Iterator[tuple[str, int | str | bytes]]:
    """The names, byte strings, protocol and end of one pickle, as far as its instructions can be read.

    From protocol 4 on a name comes as two strings, which may be remembered ones. Where anything else happens between
    these and their use the name is `UNKNOWN`: better an alarm too many.
    """
    strings: list[str | None] = []  # put on the stack one right after the other
    memory: dict[int, str | None] = {}
    try:
        for op, value, _ in pickletools.genops(stream):
            if op.name == "PROTO":
                yield "protocol", value
            elif op.name == "STOP":
                yield "end", 0
            elif op.name in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"):
                memory[len(memory) if value is None else int(value)] = strings[-1] if strings else None
            elif op.name in ("GET", "BINGET", "LONG_BINGET"):
                strings.append(memory.get(int(value)))
            elif op.name in ("GLOBAL", "INST"):
                yield "name", value.replace(" ", ".", 1)
                strings = []
            elif op.name == "STACK_GLOBAL":
                last = strings[-2:]
                yield "name", UNKNOWN if len(last) < 2 or None in last else ".".join(last)
                strings = []
            elif op.name.startswith("EXT"):  # a number that some other program has given a name
                yield "name", UNKNOWN
                strings = []
            elif isinstance(value, str):
                strings.append(value)
                if value.startswith("\x80"):  # protocols 0 to 2 write bytes as text
                    yield "bytes", value.encode("latin1", "replace")
            else:
                strings = []
                if isinstance(value, (bytes, bytearray)):
                    yield "bytes", bytes(value)
    except _CUT:
        return
