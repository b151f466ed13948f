"""What the bed raises.

BedError: the bed itself cannot do it; the text names what is missing and ends with the log lines that
say most. HelperError: the cluster refused; it carries the Java exception's class and message.
"""


class BedError(Exception):
    """The bed cannot do what was asked."""


class HelperError(BedError):
    """A Java exception met by the helper of one cluster."""

    def __init__(self, java_class, message):
        super().__init__(f"{java_class}: {message}")
        self.java_class = java_class
        self.message = message
