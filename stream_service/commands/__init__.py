"""The commands of ``stream-service``, one a module; ``cli`` gives them their flags."""
