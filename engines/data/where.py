"""A source's name becomes the list of what it holds."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engines.data import cifar, labels
from engines.data.archives import LABELS, Entry, folder_entries, open_zip, stamp, zip_entries
from engines.data.decode import decode, side, whole
from engines.data.drawn import DRAWN, list_drawn
from engines.data.listing import Listing, Member, Rejected, Skipped, count

_ALLOWED = "Allowed: drawn, a folder of pictures, a zip of one, a cifar-10-batches-py folder or its tar.gz."


def parse(source: str) -> tuple[str, tuple[str, ...]]:
    """Take `SOURCE:class,class` apart; ValueError if there is no such source."""
    head, colon, tail = source.rpartition(":")
    if source == DRAWN or os.path.exists(source):
        return source, ()
    if colon and (head == DRAWN or os.path.exists(head)):
        classes = tuple(dict.fromkeys(name.strip() for name in tail.split(",") if name.strip()))
        if not classes:
            raise ValueError(f"{source} names no class after the colon; write {head}:cat,dog or only {head}.")
        return head, classes
    raise ValueError(f"There is no {source!r}. {_ALLOWED}")


@contextmanager
def listed(path: str, size: int) -> Iterator[Listing]:
    """List a source that is to be read at `size`; its members can be read until the context ends."""
    place = Path(path)
    if path == DRAWN:
        yield list_drawn(size)
    elif place.is_dir() and cifar.is_batches(place):
        yield cifar.list_batches(place)
    elif place.is_dir():
        entries = folder_entries(place)
        names = [entry.name for entry in entries if isinstance(entry, Member)]
        yield _listing(entries, place.resolve().name, "\n".join(stamp(place.resolve() / name) for name in names))
    elif place.name.lower().endswith((".tar.gz", ".tgz")):
        yield cifar.list_batches(place)
    elif place.suffix.lower() == ".zip":
        with open_zip(place) as archive:
            yield _listing(zip_entries(archive), place.stem, stamp(place.resolve()))
    else:
        raise ValueError(f"{path} is not a source of pictures. {_ALLOWED}")


def chosen(listing: Listing, wanted: tuple[str, ...], path: str) -> dict[int, int]:
    """The labels to keep, each with its new number; ValueError for a class that the source does not have."""
    names = wanted or listing.classes
    if missing := [name for name in names if name not in listing.classes]:
        raise ValueError(f"{path} has no class {', '.join(missing)}; it has: {', '.join(listing.classes)}.")
    return {listing.classes.index(name): i for i, name in enumerate(names)}


def _listing(entries: list[Entry], title: str, identity: str) -> Listing:
    """Give every member its label; ValueError if there is nothing to label."""
    members = [entry for entry in entries if isinstance(entry, Member) and entry.name != LABELS]
    skipped = [entry for entry in entries if isinstance(entry, Skipped)]
    if not members:
        raise ValueError(f"{title} has no pictures ({count(skipped) or 'no file with a picture’s name'}).")
    names = [member.name for member in members]
    description = [entry for entry in entries if isinstance(entry, Member) and entry.name == LABELS]
    try:
        of = labels.from_json(description[0].read(), names, title) if description else labels.from_folders(names, title)
    except Rejected as error:
        raise ValueError(f"{LABELS} of {title} is {error}.") from error
    skipped += [Skipped(name, of.reason) for name in names if name not in of.of]
    kept = tuple(member for member in members if member.name in of.of)
    if not kept:
        raise ValueError(f"{title} has no picture with a class ({count(skipped)}).")
    indices = tuple(of.of[member.name] for member in kept)
    return Listing(kept, indices, of.classes, decode, side, identity, tuple(skipped), of.parts, whole)
