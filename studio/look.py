"""The colours of both themes, and the Gradio theme made of them; Streamlit has the same in `.streamlit/config.toml`."""

LIGHT = {
    "background": "#faf9f7", "panel": "#efedea", "text": "#22252b", "muted": "#5f6570",
    "primary": "#b4491c", "on_primary": "#ffffff", "border": "#d9d6d1",
}  # fmt: skip
DARK = {
    "background": "#16171b", "panel": "#202228", "text": "#e8e6e3", "muted": "#9aa0aa",
    "primary": "#f2935c", "on_primary": "#16171b", "border": "#363942",
}  # fmt: skip
FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif"]

_USED = {
    "background": ("body_background_fill", "background_fill_primary", "input_background_fill", "panel_background_fill"),
    "panel": (
        "background_fill_secondary", "block_background_fill", "button_secondary_background_fill",
        "button_cancel_background_fill", "checkbox_label_background_fill", "block_label_background_fill",
        "block_title_background_fill", "checkbox_label_background_fill_selected", "stat_background_fill",
        "checkbox_label_background_fill_hover",
    ),
    "text": (
        "body_text_color", "block_title_text_color", "button_secondary_text_color", "checkbox_label_text_color",
        "button_cancel_text_color", "checkbox_label_text_color_selected", "block_label_text_color",
    ),
    "muted": ("body_text_color_subdued", "block_info_text_color", "input_placeholder_color"),
    "primary": (
        "slider_color", "button_primary_background_fill", "button_primary_background_fill_hover",
        "button_primary_border_color", "link_text_color", "link_text_color_hover", "link_text_color_visited",
        "link_text_color_active", "border_color_accent", "checkbox_background_color_selected",
        "checkbox_border_color_selected", "checkbox_border_color_focus", "input_border_color_focus",
    ),
    "on_primary": ("button_primary_text_color", "button_primary_text_color_hover"),
    "border": (
        "border_color_primary", "block_border_color", "input_border_color", "button_secondary_background_fill_hover",
        "button_secondary_border_color", "button_cancel_background_fill_hover", "checkbox_border_color",
    ),
}  # fmt: skip


def gradio_settings() -> dict[str, str]:
    """The arguments of a Gradio theme's `set`."""
    settings = {"color_accent": LIGHT["primary"], "block_shadow": "none", "block_border_width": "0px"}
    for token, names in _USED.items():
        for name in names:
            settings |= {name: LIGHT[token], f"{name}_dark": DARK[token]}
    return settings
