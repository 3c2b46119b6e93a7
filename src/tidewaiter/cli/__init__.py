"""The command line: thin. One module a verb in `verbs/`, found by its file name."""
