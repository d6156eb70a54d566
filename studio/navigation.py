"""The pages there are, in the order of the menu. A new page is one line here."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GRADIO = "/gradio"  # where the server puts the Gradio app; no page has this name


@dataclass(frozen=True)
class Page:
    """`name` is the file in `pages/` and the path of the address, `icon` one of Material's names, `says` a tooltip."""

    name: str
    title: str
    section: str
    icon: str
    says: str

    @property
    def file(self) -> Path:
        """The page's script."""
        return ROOT / "pages" / f"{self.name}.py"


PAGES = (
    Page("home", "Home", "", "home", "A wall of cats, and where to start"),
    Page("generate", "Generate", "Create", "brush", "Draw pictures from seeds"),
    Page("fuse", "Fuse", "Create", "join", "One slider between two cats, by every way there is"),
    Page("animate", "Animate", "Create", "movie", "Key frames in, a film out; any state of a model as a film"),
    Page("denoise", "Denoise", "Look inside", "grain", "Step through the way from noise to a picture"),
    Page("attention", "Attention", "Look inside", "visibility", "Click a pixel and see where it looks"),
    Page("features", "Features", "Look inside", "hub", "The network as a live drawing; its maps and skips"),
    Page("gradients", "Gradients", "Look inside", "stacked_line_chart", "How strongly each layer is told to change"),
    Page("gan", "GAN", "Look inside", "tune", "Drag between seeds, truncate, mix styles, look at noise"),
    Page("compare", "Compare", "Look inside", "compare", "Diffusion and GANs: speed, stability, quality, measured"),
)
