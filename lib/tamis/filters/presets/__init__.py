"""Named sets of rules, one YAML file each."""
