"""Numbers -> decisions, without text: rules and presets."""
