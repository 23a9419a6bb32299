"""The dashboards as code: ``python -m deploy.grafana.dashboards write`` makes their JSON."""
