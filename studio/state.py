"""What a page remembers between two runs: the address, and a recipe put back from a picture."""

from dataclasses import fields
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from studio.navigation import PAGES
from studio.recipe import Recipe
from studio.services import formats, library, photos

BOUND = ("checkpoint", "seed", "sampler", "steps", "eta", "label", "guidance", "start", "children")  # widgets' own
KEPT = ("photo", "fork")  # in the address without a widget
_DEFAULT = Recipe()


def drop(upload: str, size: int) -> None:
    """Take what was dropped: a file with a recipe puts its settings back, another picture is the photo to use."""
    file = st.session_state.get(upload)
    if file is None:
        return
    data = file.getvalue()
    try:
        try:
            recipe, texts = formats.read(data)
        except ValueError:
            if formats.kind(data) in formats.NO_PICTURES:
                raise
            keep("photo", photos.keep(data, size))
            keep("fork", "")
        else:
            restore(recipe, *texts)
    except LookupError as error:
        say(str(error.args[0]))
    except ValueError as error:
        say(str(error))


def reopen(upload: str) -> None:
    """Take a dropped file with a recipe to the page that made it, whatever page this is."""
    file = st.session_state.get(upload)
    if file is None:
        return
    try:
        recipe, texts = formats.read(file.getvalue())
        for text in texts:
            photos.from_text(text)
    except ValueError as error:
        say(str(error))
        return
    if not recipe.view:
        say(f"The file says nothing of a page: {recipe.line()}")
    st.session_state["elsewhere"] = recipe


def restore(recipe: Recipe, *texts: str) -> None:
    """Set every control to `recipe`; `texts` are the photos that it needs in base64, if they came along.

    Raises LookupError or ValueError, and changes nothing, for settings that no checkpoint here can follow.
    """
    entry = library.find(recipe.checkpoint) if recipe.checkpoint or not recipe.view else None  # a run has none
    chains = entry is not None and "trajectory" in entry.can
    if entry is not None and not chains and not recipe.view:  # nothing to step through: only its own page can follow
        raise ValueError(f"{entry.name} draws its pictures in one pass; open seed {recipe.seed} on another page.")
    if chains and recipe.steps > entry.timesteps:
        raise ValueError(f"The picture took {recipe.steps} steps; {entry.name} has {entry.timesteps}.")
    if chains and recipe.label not in ("", *entry.classes):
        raise ValueError(f"The picture is of class {recipe.label!r}, which {entry.name} does not have.")
    for text in texts:
        photos.from_text(text)
    st.session_state["elsewhere"] = recipe
    if not chains:
        return
    for name in BOUND:
        st.session_state[name] = getattr(recipe, name)
    keep("photo", recipe.photo)
    keep("fork", "" if recipe.fork < 0 else str(recipe.fork))
    say(f"Settings put back: {recipe.line()}")
    if recipe.weights not in ("", library.digest(entry.name)):
        say(f"That picture was made with other weights of {entry.name}, so this one differs from it.")


def keep(name: str, value: str) -> None:
    """Keep something in the address that no widget holds; an empty value removes it."""
    st.session_state[f"kept {name}"] = value
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def carry(name: str) -> None:
    """Take along, from a page with another address, what `keep` kept; what the address says counts."""
    if name in st.query_params:
        st.session_state[f"kept {name}"] = st.query_params[name]
    elif value := st.session_state.get(f"kept {name}"):
        st.query_params[name] = value


def kept() -> Recipe:
    """A recipe that holds what no picker does: the photo, the forked frame and the number of its children."""
    for name in KEPT:
        carry(name)
    names = (*KEPT, "children")
    return Recipe.read({name: st.query_params[name] for name in names if name in st.query_params})[0]


def asked() -> dict[str, str]:
    """The address that the page was opened with; nothing in later runs. To be read before the widgets correct it."""
    if "asked" in st.session_state:
        return {}
    st.session_state["asked"] = True
    return st.query_params.to_dict()


def explain(address: dict[str, str], used: Recipe) -> None:
    """Say which values of an address could not be used, and what is shown instead."""
    recipe, wrong = Recipe.read(address)
    for text in wrong:
        say(f"In the address, {text}")
    for name in ("checkpoint", "steps", "label"):  # what only the checkpoints here can tell
        value, there = getattr(recipe, name), getattr(used, name)
        if value not in (getattr(_DEFAULT, name), there):
            say(f"In the address, {name} is {value}, which is not possible here; this is {there or 'any'}.")


def say(text: str) -> None:
    """Have something said in the next run."""
    st.session_state["notices"] = [*st.session_state.get("notices", []), text]


def notices() -> None:
    """Say, once, what there is to say; if a dropped file shows what is not shown here, offer to go there."""
    for text in st.session_state.pop("notices", []):
        st.toast(text, duration="long")
    recipe = st.session_state.get("elsewhere", _DEFAULT)
    name, _, rest = recipe.view.partition("?")
    for page in PAGES:
        if page.name == name and (name != _page() or rest) and recipe.view != view():
            query = (recipe.query(whole=True) if recipe.checkpoint else {}) | dict(parse_qsl(rest))
            label = f"See it on {page.title}" if name != _page() else "See it as it was made"
            st.page_link(page.file, label=label, icon=":material/arrow_forward:", query_params=query)


def view() -> str:
    """This page and the parameters of its address that no recipe holds: the `view` of a recipe; "" if unknown."""
    names = {field.name for field in fields(Recipe)}
    others = {name: value for name, value in st.query_params.items() if name not in names}
    return _page() + ("?" + urlencode(others, safe=",:*") if others and _page() else "")


def address(recipe: Recipe) -> str:
    """The whole address of what is shown, defaults of the recipe included, so that it opens the same anywhere."""
    base = (st.context.url or "").partition("?")[0]
    return f"{base}?{urlencode({**st.query_params, **recipe.query()}, safe=',:*')}"


def _page() -> str:
    """The name of the page in the address, "" if unknown."""
    return urlsplit(st.context.url or "").path.strip("/").rpartition("/")[2]
