"""How many examples a property is given; unit tests have no properties and do not wait for the library."""

from functools import partial

from hypothesis import HealthCheck, settings

from tests.depth import EXAMPLES, SOAK

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
_one = partial(settings, max_examples=EXAMPLES, deadline=None, suppress_health_check=_SLOW_IS_FINE)

settings.register_profile("test", _one(derandomize=True, database=None))
settings.register_profile("soak", _one(print_blob=True))
settings.load_profile("soak" if SOAK else "test")
