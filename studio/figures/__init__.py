"""Results as plotly figures; their colours follow the page's theme."""
