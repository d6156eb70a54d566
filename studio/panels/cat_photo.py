"""A photo of one's own as a cat: dropped, cropped in a dialog to one face, kept; or a file that holds a recipe."""

from dataclasses import astuple

import streamlit as st

from studio import state, widgets
from studio.recipe import PASS, Recipe
from studio.scrubber.crop import crop_box, heard
from studio.services import crops, face, formats, photos
from studio.services.cats import Cat
from studio.services.crops import Box

OPEN = "cropping"  # what the open dialog is about: slot, original, box, the first box, what was said, when it was heard


def show(slot: str, cat: Cat) -> None:
    """Where a photo is dropped; what a dropped file holds; the crop again."""
    st.file_uploader(
        "A photo of a cat",
        type=["png", "jpg", "jpeg", "webp", "gif", "bmp"],
        key=f"cat-{slot}-file",
        max_upload_size=photos.LARGEST // 2**20,
        label_visibility="collapsed",
        on_change=_dropped,
        args=(slot,),
    )
    if (held := st.session_state.get(f"cat-{slot}-held")) is not None:
        _offer(slot, *held)
    again(slot, cat)


def again(slot: str, cat: Cat) -> None:
    """A button that opens the crop tool on the photo that a cat was cut out of."""
    if not cat.photo:
        return
    st.button("Crop", key=f"cat-{slot}-crop", icon=":material/crop:", on_click=_reopen, args=(slot, cat.photo))


def dialog(slot: str) -> None:
    """The crop tool, while it is open for this cat."""
    about = st.session_state.get(OPEN)
    if about is not None and about["slot"] == slot:
        title = f"Cat {slot.upper()}: one face fills the square"
        st.dialog(title, width="medium", on_dismiss=_close)(_crop)()


def _dropped(slot: str) -> None:
    """Open the crop tool on a photo; of a file that holds a recipe ask what is wanted of it."""
    st.session_state.pop(f"cat-{slot}-held", None)
    file = st.session_state.get(f"cat-{slot}-file")
    if file is None:
        return
    data = file.getvalue()
    try:
        recipe, photo = formats.read(data)
    except ValueError:
        recipe, photo = None, ""
    try:
        digest = photos.keep_whole(data)
    except ValueError as error:
        digest = ""
        if recipe is None:
            state.say(str(error))
    if recipe is not None:
        st.session_state[f"cat-{slot}-held"] = (recipe.to_json(), photo, digest)
    elif digest:
        _open(slot, digest)


def _offer(slot: str, text: str, photo: str, digest: str) -> None:
    """What can be done with a file that was made here."""
    recipe = Recipe.from_json(text)
    st.caption(f"Made here: {recipe.line()}")
    with st.container(horizontal=True, gap="small"):
        if _plain(recipe):
            st.button("This cat", key=f"cat-{slot}-same", on_click=_take, args=(slot, recipe), help="Its very seed.")
        if digest:
            st.button("Crop it", key=f"cat-{slot}-flat", on_click=_open, args=(slot, digest), help="As a photo.")
        st.button(
            "Its settings",
            key=f"cat-{slot}-restore",
            on_click=_restore,
            args=(slot, recipe, photo),
            help="Put back all settings it was made with.",
        )


def _plain(recipe: Recipe) -> bool:
    """Whether a cat of a seed is drawn just like this."""
    usual = recipe.sampler == PASS or (recipe.sampler, recipe.steps) == ("dpmpp", 20)
    return usual and bool(recipe.checkpoint) and not (recipe.photo or recipe.label)


def _take(slot: str, recipe: Recipe) -> None:
    st.session_state.pop(f"cat-{slot}-held", None)
    st.session_state[f"cat-{slot}-kind"] = "seed"
    state.keep(slot, str(Cat(recipe.checkpoint, recipe.seed)))


def _restore(slot: str, recipe: Recipe, photo: str) -> None:
    st.session_state.pop(f"cat-{slot}-held", None)
    try:
        state.restore(recipe, photo)
    except LookupError as error:
        state.say(str(error.args[0]))
    except ValueError as error:
        state.say(str(error))


def _reopen(slot: str, digest: str) -> None:
    try:
        found = crops.origin(digest)
        _open(slot, found.original if found else digest, found.box if found else None)
    except LookupError as error:
        state.say(str(error.args[0]))


def _open(slot: str, original: str, box: Box | None = None) -> None:
    st.session_state.pop(f"cat-{slot}-held", None)
    height, width = photos.whole(original).shape[:2]
    box = astuple(box or Box.centre(width, height))
    before = heard(f"crop-{slot}")  # of another photo
    about = {"slot": slot, "original": original, "box": box, "first": box, "said": ""}
    st.session_state[OPEN] = about | {"heard": before[1] if before else 0}


def _close() -> None:
    st.session_state.pop(OPEN, None)


def _crop() -> None:
    """The inside of the dialog, which runs again by itself."""
    about = st.session_state.get(OPEN)
    if about is None:
        st.rerun()
    with widgets.errors():
        photo = photos.whole(about["original"])
        height, width = photo.shape[:2]
        crop_box(photo, Box(*about["box"]), key=f"crop-{about['slot']}", on_rest=_hear)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            looks = st.button(
                "Face centred, approximate",
                key="crop-face",
                icon=":material/center_focus_strong:",
                help="The square most like the cats that a checkpoint draws. Look at it before you keep it.",
            )
            square = Box.centre(width, height)
            st.button("Square", key="crop-square", on_click=_put, args=(astuple(square),), help="The largest, centred.")
            st.button("Reset", key="crop-reset", on_click=_put, args=(about["first"],), help="As it was opened.")
        st.caption(about["said"] or "Drag the square or a corner, or draw a new one; wheel, + and − zoom; arrows move.")
        if looks:
            _face(about)
        st.button("Keep", key="crop-keep", type="primary", width="stretch", on_click=_keep)


def _keep() -> None:
    about = _hear()
    if about is None:
        return
    _close()
    try:
        state.keep(about["slot"], str(Cat(photo=crops.crop(about["original"], Box(*about["box"])))))
    except LookupError as error:
        state.say(str(error.args[0]))
    except ValueError as error:
        state.say(str(error))


def _face(about: dict) -> None:
    """Look for a face; what was found moves the square."""
    bar = st.progress(0.0, text="Looking for a face")
    for step in face.propose(about["original"]):
        bar.progress(step.done / step.total, text=f"Looking for a face · step {step.done} of {step.total}")
    _put(astuple(step.box), step.line())
    st.rerun(scope="fragment")


def _hear(*_: Box) -> dict | None:
    """What the dialog is about, with the box that the hand left last: it may come together with a button."""
    about = st.session_state.get(OPEN)
    if about is None:
        return None
    said = heard(f"crop-{about['slot']}")
    if said is not None and said[1] > about["heard"]:
        about |= {"box": astuple(said[0]), "heard": said[1], "said": ""}
    return about


def _put(box: tuple[int, int, int], said: str = "") -> None:
    if (about := _hear()) is not None:
        about |= {"box": box, "said": said}
