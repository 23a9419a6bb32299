"""Grafana's dashboards, as code and as the JSON made of it, and how Grafana finds them."""
