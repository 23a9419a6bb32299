"""Label matchers that follow what is chosen at the top of a page."""

OF_GROUP = 'group=~"$group"'
OF_TOPIC = 'group=~"$group",topic=~"$topic"'
OF_WORKER = 'instance=~"$instance"'
