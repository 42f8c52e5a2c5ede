"""Building the static table of the package from a teacher and permissive text; see NOTICE."""
