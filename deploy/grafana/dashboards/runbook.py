"""The runbook as a page: who is woken at night has it where the graphs are."""

from pathlib import Path

from grafana_foundation_sdk.builders import text
from grafana_foundation_sdk.models.dashboard import Dashboard
from grafana_foundation_sdk.models.text import TextMode

from deploy.grafana.dashboards.page import empty_page

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"

_HEIGHT = 40


def dashboard() -> Dashboard:
    """docs/runbook.md, word for word."""
    panel = (
        text.Panel()
        .id(1)
        .title("Runbook")
        .description("docs/runbook.md, which is where to change it.")
        .mode(TextMode.MARKDOWN)
        .content(RUNBOOK.read_text(encoding="utf-8"))
        .height(_HEIGHT)
        .span(24)
    )
    description = "What to do at each alert."
    return empty_page("stream-service-runbook", "runbook", description).with_panel(panel).build()
