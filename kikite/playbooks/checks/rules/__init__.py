"""One file a check: a module that is called after it and holds its `CHECK`. Files beginning with _ are no checks."""
