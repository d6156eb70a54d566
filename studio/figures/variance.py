"""Where a picture is still undecided: the variance of each pixel over the children of one state."""

import numpy as np
import plotly.graph_objects as go

from studio.figures.layout import compact


def pixel_variance(children: np.ndarray) -> np.ndarray:
    """Return the variance of each pixel over K children `(K, H, W, C)` in [-1, 1], mean over channels: `(H, W)`.

    It is the unbiased estimate, so K must be at least 2.
    """
    if len(children) < 2:
        raise ValueError(f"{len(children)} child has no variance; give at least 2.")
    return children.var(axis=0, ddof=1, dtype=np.float64).mean(axis=-1)


def variance_figure(variance: np.ndarray, children: int, scale: int = 4) -> go.Figure:
    """Draw per-pixel variance `(H, W)` over `children` pictures as a heat map at `scale` screen pixels a pixel."""
    height, width = variance.shape
    figure = go.Figure(
        go.Heatmap(
            z=variance,
            zmin=0,
            colorscale="Viridis",
            colorbar={"thickness": 10, "nticks": 5, "x": 1, "xpad": 8, "title": {"text": "variance"}},
            hovertemplate="x %{x}, y %{y}: %{z:.3g}<extra></extra>",
        )
    )
    compact(figure, title=f"Variance over {children} children")
    hidden = {"visible": False, "fixedrange": True}
    return figure.update_layout(
        width=width * scale + 96,
        height=height * scale + 48,
        margin={"l": 8, "r": 88, "t": 40, "b": 8},
        xaxis={**hidden, "range": [-0.5, width - 0.5]},
        yaxis={**hidden, "range": [height - 0.5, -0.5]},
    )
