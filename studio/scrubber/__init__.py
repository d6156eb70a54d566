"""The scrubber: frames sent to the browser once, shown there at the speed of the hand."""

from studio.scrubber.component import ScrubberState, scrubber
from studio.scrubber.panes import Legend, Pane, Plot, identity

__all__ = ["Legend", "Pane", "Plot", "ScrubberState", "identity", "scrubber"]
