"""What the settings mean for watching lag."""

from stream_service.observe.lag.cluster_reader import Watched
from stream_service.observe.lag.monitor import LagOptions
from stream_service.observe.lag.patterns import NamePattern
from stream_service.settings import Settings
from stream_service.streaming.access.roles import Role, rules_of
from stream_service.transport_settings import topics_of


def lag_options_of(settings: Settings) -> LagOptions:
    """Which groups and topics are watched, and the bounds."""
    lag = settings.lag
    return LagOptions(
        watched=Watched(
            groups=NamePattern(lag.groups, lag.exclude_groups),
            topics=NamePattern(lag.topics, lag.exclude_topics),
            needs=rules_of(Role.LAG_EXPORTER, topics_of(settings), settings.consumer.group_id),
        ),
        timeout_s=lag.timeout_s,
        window_rounds=lag.window_rounds,
        keep_s=lag.keep_s,
    )
