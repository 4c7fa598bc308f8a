"""Pictures of programs: a canvas for `turtle`, a backend for Matplotlib, and their connection to the viewer."""
