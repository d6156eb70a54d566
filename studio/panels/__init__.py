"""Parts of pages that have controls of their own."""
