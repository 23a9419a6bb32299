"""Why a customer could not be looked up; the class's name stands in the analysis."""


class LookupFailed(Exception):
    """The service gave no usable answer."""


class LookupRefused(LookupFailed):
    """The service answered with a status other than 200 and 404."""


class LookupUnreadable(LookupFailed):
    """The answer is not what was asked for: no JSON object, too long, a field of another type."""


class LookupCircuitOpen(LookupFailed):
    """The service failed too often of late and is left alone for a while."""
