"""Ways between two cats: how each family turns pictures into codes, mixes them and draws what lies between."""
