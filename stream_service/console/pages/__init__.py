"""The console's web pages, on NiceGUI and the console's own services.

A page is a module in ``views`` with ``async def build(page: ConsolePage)``, a record of texts in
``texts`` and a line in ``directory``. What it shows it reads with ``page.every``; what it does goes
through ``page.act``, which checks the visitor's role again. Text is put on a page with ``Tag``:
what customers wrote is never given to ``ui.html`` or ``ui.markdown``.
"""
