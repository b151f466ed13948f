"""Two real HBase clusters on loopback for tests: a is the source, b is the target.

    from twinbed import Bed
    bed = Bed.start(dir="build/bed/mine")
    bed.source.helper.call("create", table="t", families=[{"name": "f"}])

Everything raised on purpose is a BedError; a Java exception that a helper met is a HelperError.
"""
from .bed import Bed
from .errors import BedError, HelperError
from .versions import DEFAULT_HBASE, VERSIONS

__all__ = ["Bed", "BedError", "HelperError", "DEFAULT_HBASE", "VERSIONS"]
