"""What goes wrong for a reason that the person who started the run can mend."""


class TrainerError(Exception):
    """A corpus, setting or checkpoint that cannot be used; the message says what to do."""
