"""The Runtime Interface Client of the managed Python runtimes. Importing it has no side effects; see main.main()."""
